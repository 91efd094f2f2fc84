using System.Net.NetworkInformation;
using Berth.Containers.Running;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux;
using Berth.Linux.Netlink;
using Berth.Linux.Processes;

namespace Berth.Containers.Devices;

/// <summary>Network cards of a container that runs, made and removed over netlink.</summary>
internal sealed class ContainerLinks(InstanceId id)
{
    /// <summary>Makes a card as liblxc does at a start: a veth pair, one end on the bridge, the other in the container, both up.</summary>
    public async Task AddAsync(NicSpec nic, PidFd init, CancellationToken cancel)
    {
        using var netlink = RtNetlink.Open();
        using var network = InitRoot.OpenNetwork(init, id);
        using var inside = RtNetlink.OpenIn(network);
        if (await inside.FindLinkAsync(nic.GuestName, cancel) is not null)
        {
            throw BerthException.Conflict($"Device \"{nic.Device}\" of {id}: the container has an interface {nic.GuestName} already; give another name");
        }

        var bridge = await netlink.FindLinkAsync(nic.Bridge, cancel)
            ?? throw BerthException.NotFound($"Device \"{nic.Device}\" of {id}: the bridge {nic.Bridge} is not on this host");
        try
        {
            await netlink.CreateVethAsync(
                new()
                {
                    Name = nic.HostName,
                    PeerName = nic.GuestName,
                    PeerMac = PhysicalAddress.Parse(nic.Mac),
                    Mtu = nic.Mtu ?? bridge.Mtu,
                    PeerNamespace = NetworkNamespace.Of(network),
                },
                cancel);
            await netlink.SetMasterAsync(nic.HostName, nic.Bridge, cancel);
            await netlink.SetUpAsync(nic.HostName, true, cancel);
            await inside.SetUpAsync(nic.GuestName, true, cancel);
        }
        catch (LinuxException e)
        {
            await netlink.DeleteLinkAsync(nic.HostName, CancellationToken.None);
            throw BerthException.Internal($"Device \"{nic.Device}\" of {id} cannot be plugged in: {e.Message}", e);
        }
    }

    /// <summary>Removes a card: with its end on the host the other one goes.</summary>
    public static async Task RemoveAsync(NicSpec nic, CancellationToken cancel)
    {
        using var netlink = RtNetlink.Open();
        await netlink.DeleteLinkAsync(nic.HostName, cancel);
    }

    /// <param name="made">Ends on the host that the monitor has made again.</param>
    public async Task FollowRebootAsync(IReadOnlyList<NicSpec> wanted, IReadOnlyList<string> made, PidFd init, CancellationToken cancel)
    {
        using var netlink = RtNetlink.Open();
        foreach (var gone in made.Except(wanted.Select(n => n.HostName)))
        {
            await netlink.DeleteLinkAsync(gone, cancel);
        }

        foreach (var nic in wanted.Where(n => !made.Contains(n.HostName)))
        {
            await netlink.DeleteLinkAsync(nic.HostName, cancel);
            await AddAsync(nic, init, cancel);
        }
    }
}
