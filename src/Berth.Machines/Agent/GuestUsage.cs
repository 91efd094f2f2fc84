using System.Collections.Immutable;
using Berth.Core.Instances;
using Berth.Guest.Messages;

namespace Berth.Machines.Agent;

/// <summary>The guest's state in Core's words.</summary>
internal static class GuestUsage
{
    public static ImmutableArray<InterfaceUsage> Interfaces(GuestState state, IEnumerable<Core.Networks.NicSpec> nics)
    {
        var hosts = nics.ToDictionary(nic => nic.Mac, nic => nic.HostName, StringComparer.OrdinalIgnoreCase);
        return [.. state.Interfaces.Select(nic => Interface(nic, hosts.GetValueOrDefault(nic.Mac, "")))];
    }

    public static GuestOs Os(GuestState state) => new(state.OsName, state.OsVersion, state.KernelVersion, state.Hostname);

    private static InterfaceUsage Interface(GuestInterface nic, string hostName) => new()
    {
        Name = nic.Name,
        HostName = hostName,
        Mac = nic.Mac,
        Mtu = nic.Mtu,
        Up = nic.Up,
        Loopback = nic.Loopback,
        BytesReceived = nic.BytesReceived,
        BytesSent = nic.BytesSent,
        PacketsReceived = nic.PacketsReceived,
        PacketsSent = nic.PacketsSent,
        ErrorsReceived = nic.ErrorsReceived,
        ErrorsSent = nic.ErrorsSent,
        DropsInbound = nic.DropsInbound,
        DropsOutbound = nic.DropsOutbound,
        Addresses = [.. nic.Addresses.Select(address => new InterfaceAddress(address.Family, address.Address, address.PrefixLength, address.Scope))],
    };
}
