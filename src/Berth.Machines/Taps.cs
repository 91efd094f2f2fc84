using System.Collections.Immutable;
using Berth.Core;
using Berth.Core.Networks;
using Berth.Linux;
using Berth.Linux.Netlink;
using Microsoft.Win32.SafeHandles;

namespace Berth.Machines;

/// <summary>The host's ends of a machine's network cards. They are not persistent: with QEMU's descriptor the tap goes.</summary>
internal sealed class Taps : IDisposable
{
    private readonly List<SafeFileHandle> _handles = [];

    public IReadOnlyList<SafeFileHandle> Handles => _handles;

    public static async Task<Taps> OpenAsync(ImmutableArray<NicSpec> nics, CancellationToken cancel)
    {
        var taps = new Taps();
        try
        {
            if (nics.Length > 0)
            {
                using var netlink = RtNetlink.Open();
                foreach (var nic in nics)
                {
                    await taps.AddAsync(netlink, nic, cancel);
                }
            }
            return taps;
        }
        catch
        {
            taps.Dispose();
            throw;
        }
    }

    public void Dispose() => _handles.ForEach(handle => handle.Dispose());

    private async Task AddAsync(RtNetlink netlink, NicSpec nic, CancellationToken cancel)
    {
        try
        {
            _handles.Add(nic.Type == NicType.MacVlan ? Tap.OpenMacVTap(nic.HostName) : Tap.Open(nic.HostName));
            if (nic.Mtu is { } mtu)
            {
                await netlink.SetMtuAsync(nic.HostName, mtu, cancel);
            }
            if (nic.Bridge.Length > 0)
            {
                await netlink.SetMasterAsync(nic.HostName, nic.Bridge, cancel);
            }
            await netlink.SetUpAsync(nic.HostName, true, cancel);
        }
        catch (LinuxException e)
        {
            throw BerthException.Internal($"Network card {nic.Device}: its end {nic.HostName} on the host cannot be made ready: {e.Message}.", e);
        }
    }
}
