namespace Berth.Cli;

/// <summary>Something that the user can act on. The message is printed as it is; the exit code goes to the shell.</summary>
internal sealed class CliException(string message, int exitCode = ExitCodes.Failure) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The command line itself is wrong.</summary>
    public static CliException Usage(string message) => new(message, ExitCodes.Usage);
}
