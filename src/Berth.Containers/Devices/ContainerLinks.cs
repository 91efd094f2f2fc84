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
internal sealed class ContainerLinks(InstanceId id, ContainerPaths paths)
{
    /// <summary>Makes a card as liblxc does at a start.</summary>
    public async Task AddAsync(NicSpec nic, PidFd init, CancellationToken cancel)
    {
        using var network = InitRoot.OpenNetwork(init, id);
        using var inside = RtNetlink.OpenIn(network);
        if (await inside.FindLinkAsync(nic.GuestName, cancel) is not null)
        {
            throw BerthException.Conflict($"Device \"{nic.Device}\" of {id}: the container has an interface {nic.GuestName} already; give another name");
        }

        try
        {
            await (nic.Type switch
            {
                NicType.Physical => LentLinks.LendAsync(paths, id, nic, init, cancel),
                NicType.MacVlan => AddMacVlanAsync(nic, inside, NetworkNamespace.Of(network), cancel),
                _ => AddVethAsync(nic, inside, NetworkNamespace.Of(network), cancel),
            });
        }
        catch (LinuxException e)
        {
            await RemoveAsync(nic, init, CancellationToken.None);
            throw e.Errno == Errno.EOPNOTSUPP
                ? BerthException.Unsupported($"Device \"{nic.Device}\" of {id}: this host's kernel has no {nic.Type.ToString().ToLowerInvariant()} interfaces: {e.Message}")
                : BerthException.Internal($"Device \"{nic.Device}\" of {id} cannot be plugged in: {e.Message}", e);
        }
    }

    /// <summary>Removes a card: a veth's other end goes with its end on the host, a physical one goes back there.</summary>
    public async Task RemoveAsync(NicSpec nic, PidFd init, CancellationToken cancel)
    {
        switch (nic.Type)
        {
            case NicType.Physical:
                await LentLinks.ReturnAsync(paths, nic.Parent, cancel);
                break;
            case NicType.MacVlan:
                await RemoveInsideAsync(nic.GuestName, init, cancel);
                break;
            default:
                using (var netlink = RtNetlink.Open())
                {
                    await netlink.DeleteLinkAsync(nic.HostName, cancel);
                }

                break;
        }
    }

    /// <param name="made">Cards that the monitor has made again.</param>
    public async Task FollowRebootAsync(IReadOnlyList<NicSpec> wanted, IReadOnlyList<LxcNic> made, PidFd init, CancellationToken cancel)
    {
        using var netlink = RtNetlink.Open();
        foreach (var gone in made.Where(m => !wanted.Any(n => Is(n, m))))
        {
            await (gone.Type switch
            {
                "phys" => LentLinks.ReturnAsync(paths, gone.Link, cancel),
                "macvlan" => RemoveInsideAsync(gone.Name, init, cancel),
                _ => netlink.DeleteLinkAsync(gone.HostName, cancel),
            });
        }

        foreach (var nic in wanted.Where(n => !made.Any(m => Is(n, m))))
        {
            await RemoveAsync(nic, init, cancel);
            await AddAsync(nic, init, cancel);
        }

        LentLinks.Hold(paths, id, init);
    }

    private static bool Is(NicSpec nic, LxcNic made) => made.Type switch
    {
        "phys" => nic.Type == NicType.Physical && nic.Parent == made.Link,
        "macvlan" => nic.Type == NicType.MacVlan && (nic.GuestName, nic.Parent) == (made.Name, made.Link),
        _ => nic.HostName == made.HostName,
    };

    /// <summary>A pair: one end on the bridge (if it has one), the other in the container, both up.</summary>
    private async Task AddVethAsync(NicSpec nic, RtNetlink inside, NetworkNamespace network, CancellationToken cancel)
    {
        using var netlink = RtNetlink.Open();
        var bridge = nic.Bridge.Length == 0 ? null : await netlink.FindLinkAsync(nic.Bridge, cancel)
            ?? throw BerthException.NotFound($"Device \"{nic.Device}\" of {id}: the bridge {nic.Bridge} is not on this host");
        await netlink.CreateVethAsync(
            new()
            {
                Name = nic.HostName,
                PeerName = nic.GuestName,
                PeerMac = PhysicalAddress.Parse(nic.Mac),
                Mtu = nic.Mtu ?? bridge?.Mtu,
                PeerNamespace = network,
            },
            cancel);
        if (bridge is not null)
        {
            await netlink.SetMasterAsync(nic.HostName, nic.Bridge, cancel);
        }

        await netlink.SetUpAsync(nic.HostName, true, cancel);
        await inside.SetUpAsync(nic.GuestName, true, cancel);
        await netlink.RouteToAsync(nic.HostName, nic.Routes, cancel);
    }

    private static async Task AddMacVlanAsync(NicSpec nic, RtNetlink inside, NetworkNamespace network, CancellationToken cancel)
    {
        using var netlink = RtNetlink.Open();
        await netlink.CreateMacVlanAsync(nic.GuestName, nic.Parent, PhysicalAddress.Parse(nic.Mac), nic.Mtu, nic.Mode, network, cancel);
        await inside.SetUpAsync(nic.GuestName, true, cancel);
    }

    private async Task RemoveInsideAsync(string name, PidFd init, CancellationToken cancel)
    {
        using var network = InitRoot.OpenNetwork(init, id);
        using var inside = RtNetlink.OpenIn(network);
        if (await inside.FindLinkAsync(name, cancel) is { Kind: "macvlan" })
        {
            await inside.DeleteLinkAsync(name, cancel);
        }
    }
}
