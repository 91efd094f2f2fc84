using Berth.Guest.Messages;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Agent;

/// <summary>Powers off, reboots, sets the clock.</summary>
internal static class Power
{
    private const int SystemdPowerOff = 4;
    private const int SystemdReboot = 5;

    /// <summary>Asks the init. systemd takes SIGRTMIN+4/+5 even while its bus is down; the others have their own programs.</summary>
    public static async Task ShutdownAsync(bool reboot, CancellationToken cancel)
    {
        if (Directory.Exists("/run/systemd/system"))
        {
            using var init = PidFd.Open(1);
            init.Send(Signal.RealTime(reboot ? SystemdReboot : SystemdPowerOff));
            return;
        }
        var program = reboot ? "/sbin/reboot" : "/sbin/poweroff";
        if (!File.Exists(program))
        {
            throw new GuestException(GuestErrorKind.Unsupported, $"The machine has neither systemd nor {program}.");
        }
        var result = await Spawner.RunAsync([program], new CommandOptions(), cancel);
        if (!result.Status.Success)
        {
            throw new GuestException(GuestErrorKind.Failed, $"{program}: {result.Status}: {result.Stderr.Trim()}");
        }
    }

    public static void SetClock(long unixMicroseconds) => Clock.SetRealTime(DateTimeOffset.UnixEpoch.AddMicroseconds(unixMicroseconds));
}
