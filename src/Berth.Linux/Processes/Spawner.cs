using System.Collections;
using Berth.Linux.Interop;

namespace Berth.Linux.Processes;

/// <summary>The one way to start a process (posix_spawn(3)): no descriptor leaks, signals are clean, the child is reaped through its pidfd.</summary>
public static unsafe partial class Spawner
{
    /// <summary>Starts a process.</summary>
    /// <exception cref="LinuxException">ENOENT, EACCES, …: the command cannot be run; the path says which.</exception>
    public static ChildProcess Start(SpawnOptions options)
    {
        if (options.Argv.Count == 0)
        {
            throw new ArgumentException("An empty command.", nameof(options));
        }

        if (options.ControllingTerminal && !options.Fds.ContainsKey(0))
        {
            throw new ArgumentException("A controlling terminal needs the terminal on descriptor 0.", nameof(options));
        }

        using var argv = new CStringArray(options.Argv);
        using var envp = new CStringArray([.. Environment(options).Select(pair => $"{pair.Key}={pair.Value}")]);
        using var plan = new SpawnPlan(options);
        int pid;
        var errno = Libc.PosixSpawnP(&pid, options.Argv[0], plan.Actions, plan.Attributes, argv.Pointer, envp.Pointer);
        if (errno == 0)
        {
            return Adopt(pid);
        }

        if (options.WorkingDirectory is { } directory && !Directory.Exists(directory))
        {
            throw new LinuxException(errno, "chdir", directory);
        }

        throw new LinuxException(errno, "posix_spawn", options.Argv[0]);
    }

    private static ChildProcess Adopt(int pid)
    {
        try
        {
            return new ChildProcess(PidFd.Open(pid));
        }
        catch
        {
            _ = Libc.Kill(pid, Signal.SIGKILL);
            PidFd.Reap(pid);
            throw;
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Environment(SpawnOptions options) =>
        options.Environment ?? System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value ?? ""));
}
