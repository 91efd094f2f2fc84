using System.Globalization;

namespace Berth.EndToEnd.Support;

/// <summary>
/// Clears what a failed test left, so that one failure is not followed by others. A test that wants to know whether
/// anything was left takes a <see cref="HostSnapshot"/>; this is for afterwards.
/// </summary>
internal static class Wreckage
{
    public static async Task ClearAsync(Place place)
    {
        foreach (var pid in HostSnapshot.ProcessesOf(place))
        {
            await Host.TryAsync("kill", "-KILL", pid.ToString(CultureInfo.InvariantCulture));
            await Host.TryAsync("timeout", "10", "tail", $"--pid={pid}", "-f", "/dev/null");
        }

        foreach (var mount in HostSnapshot.MountsOf(place).Reverse())
        {
            await Host.TryAsync("umount", "--lazy", mount);
        }

        foreach (var directory in HostSnapshot.CgroupsOf(place).OrderByDescending(d => d.Length))
        {
            await Host.TryAsync("rmdir", directory);
        }

        await Host.TryAsync("ip", "link", "delete", place.Bridge);
        await Host.TryAsync("nft", "delete", "table", "inet", "berth_" + place.Tag);
        foreach (var device in HostSnapshot.LoopDevicesOf(place))
        {
            await Host.TryAsync("losetup", "--detach", device);
        }
    }
}
