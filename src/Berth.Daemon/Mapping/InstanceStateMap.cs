using System.Globalization;
using Berth.Core.Instances;

namespace Berth.Daemon.Mapping;

/// <summary>The live side of an instance on the wire.</summary>
internal static class InstanceStateMap
{
    public static Api.InstanceState ToWire(Instance instance, InstanceUsage? usage, (long Used, long Total)? disk, string? rootDevice) => new()
    {
        Status = instance.Status.ToString(),
        StatusCode = (Api.StatusCode)(int)instance.Status,
        Pid = instance.Running?.Pid ?? 0,
        Processes = usage?.Processes ?? (usage is null ? 0 : -1),
        StartedAt = instance.Running is null ? default : instance.Record.LastUsedAt,
        Cpu = new() { Usage = usage?.CpuNanoseconds ?? 0 },
        Memory = new()
        {
            Usage = usage?.MemoryUsed ?? 0,
            UsagePeak = usage?.MemoryPeak ?? 0,
            Total = usage?.MemoryTotal ?? 0,
            SwapUsage = usage?.SwapUsed ?? 0,
        },
        Disk = disk is { } d && rootDevice is not null
            ? new Dictionary<string, Api.InstanceStateDisk> { [rootDevice] = new() { Usage = d.Used, Total = d.Total } }
            : Api.Empty.Of<Api.InstanceStateDisk>(),
        Network = usage is null
            ? Api.Empty.Of<Api.InstanceStateNetwork>()
            : usage.Interfaces.ToDictionary(i => i.Name, ToWire),
        OsInfo = usage?.Os is { } os
            ? new() { Os = os.Name, OsVersion = os.Version, KernelVersion = os.KernelVersion, Hostname = os.Hostname, Fqdn = os.Hostname }
            : null,
    };

    private static Api.InstanceStateNetwork ToWire(InterfaceUsage usage) => new()
    {
        Hwaddr = usage.Mac,
        HostName = usage.HostName,
        Mtu = usage.Mtu,
        State = usage.Up ? "up" : "down",
        Type = usage.Loopback ? "loopback" : "broadcast",
        Addresses =
        [
            .. usage.Addresses.Select(a => new Api.InstanceStateNetworkAddress
            {
                Family = a.Family,
                Address = a.Address,
                Netmask = a.PrefixLength.ToString(CultureInfo.InvariantCulture),
                Scope = a.Scope,
            }),
        ],
        Counters = new()
        {
            BytesReceived = usage.BytesReceived,
            BytesSent = usage.BytesSent,
            PacketsReceived = usage.PacketsReceived,
            PacketsSent = usage.PacketsSent,
            ErrorsReceived = usage.ErrorsReceived,
            ErrorsSent = usage.ErrorsSent,
            PacketsDroppedInbound = usage.DropsInbound,
            PacketsDroppedOutbound = usage.DropsOutbound,
        },
    };
}
