using System.Diagnostics;

namespace Berth.EndToEnd.Support;

/// <summary>The real <c>berthd</c> as a process of its own: started until it says READY, ended by any signal.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private static readonly TimeSpan _startDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _stopDeadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private Daemon(Process process) => _process = process;

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <param name="place">Where it keeps what it makes.</param>
    /// <param name="bootId">A file to show to the daemon as the kernel's boot id: a host boot as far as it can tell.</param>
    public static async Task<Daemon> StartAsync(Place place, CancellationToken cancellation, string? bootId = null)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_startDeadline);
        using var ready = new ReadySocket(Path.Combine(place.Root, "notify"));
        var process = Process.Start(StartInfo(place, ready, bootId)) ?? throw new InvalidOperationException("berthd did not start");
        var daemon = new Daemon(process);
        var exited = process.WaitForExitAsync(deadline.Token);
        var first = await Task.WhenAny(ready.WaitAsync(deadline.Token), exited);
        if (first == exited || deadline.IsCancellationRequested)
        {
            var end = process.HasExited ? $"ended with {process.ExitCode}" : $"was not ready after {_startDeadline}";
            await daemon.DisposeAsync();
            throw new InvalidOperationException($"berthd {end}:\n{place.Log()}");
        }

        return daemon;
    }

    /// <summary>SIGKILL: the daemon gets no chance to tidy up.</summary>
    public async Task CrashAsync(CancellationToken cancellation)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellation);
    }

    /// <summary>SIGTERM, as a service manager stops it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_stopDeadline);
        await new Command("kill", "-TERM", $"{Pid}").RunAsync(cancellation);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    /// <summary>It ends by itself, in order.</summary>
    public async Task EndedAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_stopDeadline);
        await _process.WaitForExitAsync(deadline.Token);
        Assert.Equal(0, _process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await CrashAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    /// <summary>The shell only redirects (and shows another boot id) before it becomes berthd: the pid is berthd's.</summary>
    private static ProcessStartInfo StartInfo(Place place, ReadySocket ready, string? bootId)
    {
        const string run = "exec \"$0\" --state-dir \"$1\" --runtime-dir \"$2\" --debug </dev/null >>\"$3\" 2>&1";
        // The kernel lets a container mount proc only where a whole one is to be seen, hence the second proc.
        const string bind = "mkdir -p \"$4.proc\" && mount -t proc proc \"$4.proc\" && mount --bind \"$4\" /proc/sys/kernel/random/boot_id && ";
        string[] arguments =
        [
            "-c", bootId is null ? run : bind + run,
            Path.Combine(Host.Binaries, "berthd"), place.StateDirectory, place.RuntimeDirectory, place.LogFile, bootId ?? "",
        ];
        var start = bootId is null
            ? new ProcessStartInfo("/bin/sh", arguments)
            : new ProcessStartInfo("/usr/bin/unshare", ["--mount", "--propagation", "slave", "--", "/bin/sh", .. arguments]);
        start.Environment["NOTIFY_SOCKET"] = ready.Path;
        return start;
    }
}
