using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Core.Images;

/// <summary>Commands of the host that images need, with the errors of Berth.</summary>
internal static class Tool
{
    /// <summary>Runs a command that must succeed.</summary>
    /// <exception cref="BerthException">Unsupported when it is not installed; Timeout; Internal with what it said.</exception>
    public static async Task<CommandResult> RunAsync(IReadOnlyList<string> argv, CommandOptions options, CancellationToken cancel)
    {
        try
        {
            return await Spawner.RunCheckedAsync(argv, options, cancel);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            throw new BerthException(ErrorKind.Unsupported, $"the command {argv[0]} is not installed on this host: install the package that has it", e);
        }
        catch (CommandException e)
        {
            throw new BerthException(e.Result is null ? ErrorKind.Timeout : ErrorKind.Internal, e.Message, e);
        }
    }

    /// <summary>
    /// As <see cref="RunAsync"/>, for a command that reads what a stranger made: its memory, CPU time and file sizes are bounded, and it
    /// has no network.
    /// </summary>
    /// <param name="maxFileBytes">Largest file that it may write.</param>
    /// <exception cref="BerthException">BadRequest with what it said: the input is what it fails on.</exception>
    public static async Task<CommandResult> RunConfinedAsync(
        IReadOnlyList<string> argv, long maxFileBytes, CommandOptions options, CancellationToken cancel)
    {
        List<string> confined =
        [
            "unshare", "--net", "--ipc", "--",
            "prlimit", $"--fsize={maxFileBytes}", $"--as={8L << 30}", $"--cpu={(long)options.Timeout.TotalSeconds * Environment.ProcessorCount}", "--core=0", "--",
            .. argv,
        ];
        try
        {
            return await RunAsync(confined, options, cancel);
        }
        catch (BerthException e) when (e.InnerException is CommandException { Result: { } result })
        {
            throw result.ExitCode == 127
                ? new BerthException(ErrorKind.Unsupported, $"the command {argv[0]} is not installed on this host: install the package that has it", e)
                : new BerthException(ErrorKind.BadRequest, $"the image cannot be read: {argv[0]} says ({result.Status}): {Tail(result.Stderr)}", e);
        }
    }

    public static bool IsInstalled(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':')
            .Any(directory => File.Exists(Path.Combine(directory, command)));

    private static string Tail(string text) => text.Trim() is var trimmed && trimmed.Length <= 500 ? trimmed : "…" + trimmed[^500..];
}
