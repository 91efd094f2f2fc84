using System.Globalization;
using Berth.Linux;

namespace Berth.Core.Networks;

/// <summary>Whether the host has what a NIC without a bridge is to be on, and can spare it.</summary>
internal sealed class NicParents(HostLinks links)
{
    private const string ProbeName = "berthprobe";

    /// <exception cref="BerthException">BadRequest, Conflict or Unsupported that names the device, the reason and the way out.</exception>
    public async Task CheckAsync(string instanceKey, NicSpec nic, CancellationToken cancel)
    {
        if (nic.Type == NicType.P2p)
        {
            return;
        }

        var text = $"Device \"{nic.Device}\" of the instance {instanceKey}: ";
        var parent = await links.FindAsync(nic.Parent, cancel)
            ?? throw BerthException.BadRequest($"{text}the host has no interface {nic.Parent}"
                + (nic.Type == NicType.Physical ? "; another instance may have it" : ""));
        if (nic.Type == NicType.MacVlan)
        {
            await ProbeAsync(text, nic, cancel);
            return;
        }

        // As Incus: what the host needs for itself is not taken from it.
        if (parent.MasterIndex != 0 || HostLinks.IsBridge(parent))
        {
            throw BerthException.Conflict($"{text}the interface {nic.Parent} is in use by the host: it is a bridge, or a port of one; give another parent, or free it first");
        }

        if ((await links.Netlink.GetAddressesAsync(cancel)).Any(a => a.LinkIndex == parent.Index && a.Scope == HostLinks.GlobalScope))
        {
            throw BerthException.Conflict($"{text}the interface {nic.Parent} is in use by the host: it has addresses; remove them first (ip addr flush dev {nic.Parent})");
        }
    }

    /// <summary>Makes one and removes it: only the kernel knows whether it can, and the parent whether it may.</summary>
    private async Task ProbeAsync(string text, NicSpec nic, CancellationToken cancel)
    {
        var tap = nic.HostName.Length > 0;
        var name = ProbeName + Random.Shared.Next(10_000).ToString(CultureInfo.InvariantCulture);
        try
        {
            await (tap
                ? links.Netlink.CreateMacVTapAsync(name, nic.Parent, null, null, nic.Mode, cancel)
                : links.Netlink.CreateMacVlanAsync(name, nic.Parent, null, null, nic.Mode, null, cancel));
            await links.Netlink.DeleteLinkAsync(name, CancellationToken.None);
        }
        catch (LinuxException e)
        {
            throw BerthException.Unsupported(e.Errno == Errno.EOPNOTSUPP
                ? $"{text}this host's kernel has no {(tap ? "macvtap" : "macvlan")} (CONFIG_{(tap ? "MACVTAP" : "MACVLAN")}); use a bridge, with network=NAME or nictype=bridged"
                : $"{text}no macvlan can be made on {nic.Parent}: {e.Message}; it may be a port of a bridge, or taken over by one of mode passthru");
        }
    }
}
