namespace Berth.Cli;

/// <summary>What <c>berth</c> tells the shell. <c>exec</c> answers with the command's own code instead.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Failure = 1;
    public const int Usage = 2;

    /// <summary>128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
