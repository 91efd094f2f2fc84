using System.Net.NetworkInformation;
using Berth.Containers.Running;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux;
using Berth.Linux.Mounts;
using Berth.Linux.Netlink;
using Berth.Linux.Processes;

namespace Berth.Containers.Devices;

/// <summary>
/// The interfaces of the host that a container has (<c>nictype=physical</c>). Each is written down before it is lent, and the container's
/// network namespace is held by a mount, so that whoever comes after the container's end, the next daemon too, finds it there and brings
/// it back as it was.
/// </summary>
internal static class LentLinks
{
    /// <summary>Writes down what is to be lent, before it is.</summary>
    /// <exception cref="BerthException">BadRequest: it is not on the host.</exception>
    public static async Task NoteAsync(ContainerPaths paths, InstanceId id, IEnumerable<NicSpec> nics, CancellationToken cancel)
    {
        var lent = nics.Where(n => n.Type == NicType.Physical).ToList();
        if (lent.Count == 0)
        {
            return;
        }

        using var netlink = RtNetlink.Open();
        List<LentLink> noted = [.. LentLink.Read(paths.LentLinks)];
        foreach (var nic in lent)
        {
            var link = await netlink.FindLinkAsync(nic.Parent, cancel)
                ?? throw BerthException.BadRequest($"Device \"{nic.Device}\" of {id}: the host has no interface {nic.Parent}; another instance may have it");
            noted.RemoveAll(l => l.Name == nic.Parent);
            noted.Add(new(link.Name, nic.GuestName, link.Index, link.Kind, link.Mac.ToText(), link.Mtu, link.IsUp));
        }

        LentLink.Write(paths.LentLinks, noted);
    }

    /// <summary>Holds the network namespace of a container that has such interfaces, in place of the one before a reboot.</summary>
    public static void Hold(ContainerPaths paths, InstanceId id, PidFd init)
    {
        if (!File.Exists(paths.LentLinks))
        {
            return;
        }

        using var network = InitRoot.OpenNetwork(init, id);
        MountApi.UnmountTree(paths.Network);
        File.Create(paths.Network).Dispose();
        using var tree = MountApi.CloneTree($"/proc/self/fd/{network.DangerousGetHandle()}", recursive: false);
        MountApi.Move(tree, paths.Network);
    }

    /// <summary>Lends one to a container that runs.</summary>
    public static async Task LendAsync(ContainerPaths paths, InstanceId id, NicSpec nic, PidFd init, CancellationToken cancel)
    {
        await NoteAsync(paths, id, [nic], cancel);
        Hold(paths, id, init);
        using var netlink = RtNetlink.Open();
        using var network = InitRoot.OpenNetwork(init, id);
        using var inside = RtNetlink.OpenIn(network);
        await netlink.SetUpAsync(nic.Parent, false, cancel);
        await netlink.MoveAsync(nic.Parent, NetworkNamespace.Of(network), nic.GuestName, cancel);
        if (nic.Mac.Length > 0)
        {
            await inside.SetMacAsync(nic.GuestName, PhysicalAddress.Parse(nic.Mac), cancel);
        }

        if (nic.Mtu is { } mtu)
        {
            await inside.SetMtuAsync(nic.GuestName, mtu, cancel);
        }

        await inside.SetUpAsync(nic.GuestName, true, cancel);
    }

    /// <summary>Brings one back, wherever it is. Repeatable.</summary>
    public static async Task ReturnAsync(ContainerPaths paths, string name, CancellationToken cancel)
    {
        var lent = LentLink.Read(paths.LentLinks);
        if (lent.FirstOrDefault(l => l.Name == name) is { } link)
        {
            await ReturnAsync(paths, [link], cancel);
            LentLink.Write(paths.LentLinks, [.. lent.Where(l => l != link)]);
        }
    }

    /// <summary>Brings all back, and lets the namespace go. Repeatable.</summary>
    public static async Task ReturnAllAsync(ContainerPaths paths, CancellationToken cancel)
    {
        if (!File.Exists(paths.LentLinks))
        {
            return;
        }

        await ReturnAsync(paths, LentLink.Read(paths.LentLinks), cancel);
        MountApi.UnmountTree(paths.Network);
        File.Delete(paths.Network);
        File.Delete(paths.LentLinks);
    }

    private static async Task ReturnAsync(ContainerPaths paths, IReadOnlyList<LentLink> links, CancellationToken cancel)
    {
        using var netlink = RtNetlink.Open();
        using var inside = OpenHeld(paths);
        foreach (var link in links)
        {
            if (inside is not null && await FindAsync(inside, link, link.GuestName, cancel) is { } there)
            {
                await inside.SetUpAsync(there.Name, false, cancel);
                await inside.MoveAsync(there.Name, NetworkNamespace.OfProcess(Environment.ProcessId), link.Name, cancel);
            }

            await RestoreAsync(netlink, link, cancel);
        }
    }

    /// <summary>What liblxc, or the kernel at the namespace's end, has brought back already is found by its number.</summary>
    private static async Task RestoreAsync(RtNetlink netlink, LentLink link, CancellationToken cancel)
    {
        if (await FindAsync(netlink, link, link.Name, cancel) is not { } back)
        {
            // A virtual one goes with the namespace.
            return;
        }

        if (back.Name != link.Name)
        {
            await netlink.SetUpAsync(back.Name, false, cancel);
            await netlink.RenameAsync(back.Name, link.Name, cancel);
        }

        if (back.Mac.ToText() != link.Mac)
        {
            await netlink.SetMacAsync(link.Name, PhysicalAddress.Parse(link.Mac), cancel);
        }

        if (back.Mtu != link.Mtu)
        {
            await netlink.SetMtuAsync(link.Name, link.Mtu, cancel);
        }

        await netlink.SetUpAsync(link.Name, link.WasUp, cancel);
    }

    /// <summary>By its number, or else by its name; never something of another kind, which a container could have called so.</summary>
    private static async Task<Link?> FindAsync(RtNetlink netlink, LentLink link, string name, CancellationToken cancel)
    {
        var alike = (await netlink.GetLinksAsync(cancel)).Where(l => l.Kind == link.Kind).ToList();
        return alike.Find(l => l.Index == link.Index) ?? alike.Find(l => l.Name == name);
    }

    /// <summary>Null: it was never held, or is not any more.</summary>
    private static RtNetlink? OpenHeld(ContainerPaths paths)
    {
        if (MountTable.Read().At(paths.Network) is null)
        {
            return null;
        }

        using var network = Fd.Open(paths.Network, OpenFlags.ReadOnly);
        return RtNetlink.OpenIn(network);
    }
}
