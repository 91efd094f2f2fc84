using Berth.Core;
using Berth.Guest.Messages;
using Berth.Linux.Processes;
using Berth.Machines.Qmp;

namespace Berth.Machines;

public sealed partial class MachineInstance
{
    /// <summary>A guest that is just booting may take the wish to power off and forget it.</summary>
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task ShutdownAsync(CancellationToken cancel)
    {
        if (_frozen)
        {
            await ThawAsync(cancel);
        }
        await AskToPowerOffAsync(cancel);
        while (await Task.WhenAny(_exited.Task, Task.Delay(s_askAgain, cancel)) != _exited.Task)
        {
            cancel.ThrowIfCancellationRequested();
            await AskAgainAsync(cancel);
        }
    }

    private async Task AskAgainAsync(CancellationToken cancel)
    {
        try
        {
            await AskToPowerOffAsync(cancel);
        }
        catch (BerthException e)
        {
            // It has been asked once: it may be ending just now.
            LogMessages.Degraded(_logger, _spec.Id.ToString(), "Asking it again to power off", "it has been asked before", e);
        }
    }

    private async Task AskToPowerOffAsync(CancellationToken cancel)
    {
        if (AgentReady)
        {
            try
            {
                await Agent.RequestAsync(new ShutdownRequest(Reboot: false), s_agentPatience, cancel);
                return;
            }
            catch (BerthException e)
            {
                LogMessages.Degraded(_logger, _spec.Id.ToString(), "Asking the agent to power off", "the power button is pressed instead", e);
            }
        }
        await CommandAsync("system_powerdown", cancel);
    }

    /// <inheritdoc/>
    public async Task KillAsync(CancellationToken cancel)
    {
        if (_exited.Task.IsCompleted)
        {
            return;
        }
        _shutDown = true;
        try
        {
            await QuitAsync(cancel);
            await _exited.Task.WaitAsync(s_quitTimeout, cancel);
        }
        catch (TimeoutException)
        {
            _pidFd.Send(Signal.SIGKILL);
            await _exited.Task.WaitAsync(cancel);
        }
    }

    /// <inheritdoc/>
    public async Task FreezeAsync(CancellationToken cancel)
    {
        await CommandAsync("stop", cancel);
        _frozen = true;
    }

    /// <inheritdoc/>
    public async Task ThawAsync(CancellationToken cancel)
    {
        await CommandAsync("cont", cancel);
        _frozen = false;
        if (AgentReady)
        {
            _ = SetClockAsync();
        }
    }

    // Quitting writes back what QEMU holds of the disk's metadata; only a stuck one is killed.
    private async Task QuitAsync(CancellationToken cancel)
    {
        try
        {
            await Qmp.ExecuteAsync("quit", null, s_quitTimeout, cancel);
        }
        catch (QmpException e) when (e.ConnectionLost)
        {
            // It may go before its answer does.
        }
    }

    // The guest's clock stood still meanwhile. Whoever waits for the resume need not wait for that.
    private async Task SetClockAsync()
    {
        try
        {
            var now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            await Agent.RequestAsync(new SetClockRequest(now), s_agentPatience, _disposed.Token);
        }
        catch (Exception e) when (e is BerthException or OperationCanceledException)
        {
            LogMessages.Degraded(_logger, _spec.Id.ToString(), "Setting the guest's clock", "it corrects itself if it runs NTP", e);
        }
    }

    private async Task CommandAsync(string command, CancellationToken cancel)
    {
        try
        {
            await Qmp.ExecuteAsync(command, cancel);
        }
        catch (TimeoutException e)
        {
            throw new BerthException(ErrorKind.Timeout, $"Machine {_spec.Id}: {e.Message} Stop it by force if it does not recover.", e);
        }
        catch (QmpException e)
        {
            throw e.ConnectionLost ? NotRunning() : BerthException.Internal($"Machine {_spec.Id}: QEMU refused {command}: {e.Message}", e);
        }
    }
}
