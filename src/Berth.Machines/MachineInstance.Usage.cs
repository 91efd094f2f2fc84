using Berth.Core;
using Berth.Core.Instances;
using Berth.Guest.Messages;
using Berth.Linux;
using Berth.Machines.Agent;

namespace Berth.Machines;

public sealed partial class MachineInstance
{
    /// <summary>How long a listing waits for a guest that has never answered, and for one whose last answer can stand in.</summary>
    private static readonly TimeSpan s_firstAnswer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_freshAnswer = TimeSpan.FromMilliseconds(20);

    private readonly Lock _asking = new();
    private volatile GuestState? _lastGuest;
    private Task<GuestState>? _question;

    /// <inheritdoc/>
    /// <summary>Of QEMU, from outside: what its guest's CPUs, memory and disks cost the host.</summary>
    public InstanceFigures GetFigures() => InstanceFigures.Of(_cgroup);

    public async Task<InstanceUsage> GetUsageAsync(CancellationToken cancel)
    {
        var guest = await AskGuestAsync(cancel);
        try
        {
            var sample = _counters.Read();
            var usage = new InstanceUsage
            {
                CpuNanoseconds = sample.CpuNanoseconds,
                MemoryUsed = guest?.MemoryUsed ?? sample.MemoryUsed,
                MemoryPeak = sample.MemoryPeak ?? 0,
                MemoryTotal = guest?.MemoryTotal ?? _memory,
                SwapUsed = guest?.SwapUsed ?? 0,
                Processes = guest?.Processes,
            };
            return guest is null
                ? usage
                : usage with { Interfaces = GuestUsage.Interfaces(guest, _nics), Os = GuestUsage.Os(guest) };
        }
        catch (LinuxException) when (_pidFd.HasExited)
        {
            throw NotRunning();
        }
    }

    /// <summary>Asks the guest, or joins a question that is under way: a busy guest is asked one at a time.</summary>
    internal Task<GuestState> RefreshGuestAsync()
    {
        lock (_asking)
        {
            return _question is { IsCompleted: false } ? _question : _question = QueryGuestAsync();
        }
    }

    private async Task<GuestState?> AskGuestAsync(CancellationToken cancel)
    {
        if (!AgentReady || _frozen || Core.Instances.ConfigCatalogue.IsFalse(_spec.Config.GetValueOrDefault("security.agent.metrics")))
        {
            return null;
        }
        try
        {
            return await RefreshGuestAsync().WaitAsync(_lastGuest is null ? s_firstAnswer : s_freshAnswer, cancel);
        }
        catch (Exception e) when (e is BerthException or TimeoutException)
        {
            // A guest that is too busy to answer in time still has the addresses that it had; its answer serves the next one.
            return _lastGuest;
        }
    }

    private async Task<GuestState> QueryGuestAsync()
    {
        try
        {
            return _lastGuest = await Agent.QueryAsync(
                new StateRequest(), GuestJson.Default.GuestState, AgentClient.ReplyTimeout, _disposed.Token);
        }
        catch (OperationCanceledException)
        {
            throw NotRunning();
        }
    }
}
