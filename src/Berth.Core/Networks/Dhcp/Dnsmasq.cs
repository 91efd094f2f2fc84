using Berth.Linux;
using Berth.Linux.Processes;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Networks.Dhcp;

/// <summary>
/// A network's dnsmasq. It outlives the daemon; the next daemon takes it over. One that dies is started again, ever later
/// while it keeps dying.
/// </summary>
internal sealed class Dnsmasq(string network, DnsmasqFiles files, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);
    private const long LargestLog = 1 << 20;

    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _disposed = new();
    private Task _watching = Task.CompletedTask;
    private PidFd? _process;
    private long _startedAt;
    private int _deaths;

    /// <summary>Null when it does not run.</summary>
    public int? Pid => _process?.Pid;

    /// <summary>Why it does not run although it should; null when it does.</summary>
    public string? Problem { get; private set; }

    /// <summary>Makes it run with this configuration: keeps the one that does already, replaces any other.</summary>
    /// <exception cref="BerthException">It does not start.</exception>
    public async Task EnsureAsync(string config, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            var same = File.Exists(files.Config) && await File.ReadAllTextAsync(files.Config, cancel) == config;
            if (same && _process is { HasExited: false })
            {
                return;
            }

            if (same && _process is null && DnsmasqFinder.Find(files) is { } running)
            {
                NetworkLog.DnsmasqAdopted(log, network, running.Pid);
                Watch(running);
                return;
            }

            // Stopped first: whoever finds this text on the disk may trust that a running dnsmasq has read it.
            await StopLockedAsync();
            await WriteAsync(config, cancel);
            await StartLockedAsync(cancel);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stops it; no process of this network is left afterwards.</summary>
    public async Task StopAsync(CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            await StopLockedAsync();
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Makes it forget its hosts and read them again.</summary>
    public void Reload() => _process?.Send(Signal.SIGHUP);

    /// <summary>Stops watching. The process goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _watching;
        _process?.Dispose();
    }

    private async Task WriteAsync(string config, CancellationToken cancel)
    {
        var temporary = files.Config + ".new";
        await File.WriteAllTextAsync(temporary, config, cancel);
        File.Move(temporary, files.Config, overwrite: true);
    }

    private async Task StartLockedAsync(CancellationToken cancel)
    {
        if (new FileInfo(files.Log) is { Exists: true, Length: > LargestLog })
        {
            File.Delete(files.Log);
        }

        try
        {
            // dnsmasq forks itself into a session of its own, and its first process ends when the second has its sockets.
            var command = HostCommand.Find("dnsmasq", "dnsmasq-base");
            await Spawner.RunCheckedAsync([command, files.ConfigArgument], new() { Timeout = StartDeadline }, cancel);
        }
        catch (Exception e) when (e is CommandException or LinuxException)
        {
            Problem = e.Message.ReplaceLineEndings(" ");
            throw BerthException.Internal($"Network \"{network}\": dnsmasq does not start: {Problem}", e);
        }

        var process = DnsmasqFinder.Find(files)
            ?? throw BerthException.Internal($"Network \"{network}\": dnsmasq ended right after its start; its log is {files.Log}");
        NetworkLog.DnsmasqStarted(log, network, process.Pid);
        Watch(process);
    }

    private void Watch(PidFd process)
    {
        Problem = null;
        _startedAt = time.GetTimestamp();
        _process = process;
        _watching = WatchAsync(process);
    }

    private async Task StopLockedAsync()
    {
        var process = _process;
        _process = null;
        process ??= DnsmasqFinder.Find(files);
        while (process is not null)
        {
            await KillAsync(process);
            process = DnsmasqFinder.Find(files);
        }

        File.Delete(files.PidFile);
    }

    private static async Task KillAsync(PidFd process)
    {
        using (process)
        {
            process.Send(Signal.SIGTERM);
            try
            {
                await process.WaitAsync(CancellationToken.None).WaitAsync(StopDeadline);
            }
            catch (TimeoutException)
            {
                process.Send(Signal.SIGKILL);
                await process.WaitAsync(CancellationToken.None).WaitAsync(StopDeadline);
            }
        }
    }

    private async Task WatchAsync(PidFd process)
    {
        try
        {
            await process.WaitAsync(_disposed.Token);
            while (ReferenceEquals(_process, process))
            {
                await RestartAsync(process);
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon ends; dnsmasq goes on.
        }
    }

    private async Task RestartAsync(PidFd dead)
    {
        var delay = NextDelay();
        NetworkLog.DnsmasqDied(log, network, dead.Pid, delay.TotalSeconds);
        await Task.Delay(delay, time, _disposed.Token);
        await _changing.WaitAsync(_disposed.Token);
        try
        {
            if (ReferenceEquals(_process, dead))
            {
                await StartLockedAsync(_disposed.Token);
                dead.Dispose();
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was, the next attempt comes.
            NetworkLog.DnsmasqFailed(log, network, e.Message);
        }
        finally
        {
            _changing.Release();
        }
    }

    private TimeSpan NextDelay()
    {
        if (time.GetElapsedTime(_startedAt) > LongestDelay)
        {
            _deaths = 0;
        }

        var delay = _deaths == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Pow(2, Math.Min(_deaths - 1, 6)));
        _deaths++;
        return delay < LongestDelay ? delay : LongestDelay;
    }
}
