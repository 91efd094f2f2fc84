using Berth.Linux.Processes;

namespace Berth.Containers;

/// <summary>How the daemon's own binary is started again as a helper.</summary>
/// <param name="Command">Program and leading arguments; normally <c>/proc/self/exe</c> alone.</param>
public sealed record HelperProgram(IReadOnlyList<string> Command)
{
    /// <summary>
    /// The whole environment of a helper: nothing of the daemon's or a user's reaches it. PATH has what liblxc runs as root
    /// (apparmor_parser), and not newuidmap: where liblxc finds that, it writes only id maps that /etc/subuid lists, and
    /// Berth keeps its own ranges.
    /// </summary>
    internal static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/sbin:/sbin",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    internal IReadOnlyList<string> With(params ReadOnlySpan<string> words) => [.. Command, .. words];

    internal Task<CommandResult> RunAsync(TimeSpan timeout, CancellationToken cancel, params ReadOnlySpan<string> words) =>
        Spawner.RunAsync(With(words), new CommandOptions { Timeout = timeout, Environment = Environment }, cancel);
}
