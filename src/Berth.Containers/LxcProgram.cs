using Berth.Linux.Processes;

namespace Berth.Containers;

/// <summary>berth-lxc, the small program that calls liblxc: the library forks, its calls can hang, and a container's monitor keeps the memory of who forked it.</summary>
/// <param name="Path">The executable.</param>
public sealed record LxcProgram(string Path)
{
    /// <summary>
    /// The whole environment of a call: nothing of the daemon's or a user's reaches it. PATH has what liblxc runs as root
    /// (apparmor_parser), and not newuidmap: where liblxc finds that, it writes only id maps that /etc/subuid lists, and
    /// Berth keeps its own ranges.
    /// </summary>
    internal static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/sbin:/sbin",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>liblxc's version, for example 5.0.2; empty where the library cannot be loaded.</summary>
    public async Task<string> FindVersionAsync(CancellationToken cancel) => (await RunAsync(cancel, LxcCalls.Version)).Stdout.Trim();

    internal IReadOnlyList<string> With(params ReadOnlySpan<string> words) => [Path, .. words];

    internal Task<CommandResult> RunAsync(CancellationToken cancel, params ReadOnlySpan<string> words) =>
        Spawner.RunAsync(With(words), new CommandOptions { Timeout = Deadline, Environment = Environment }, cancel);
}
