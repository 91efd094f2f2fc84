using System.Collections.Immutable;

namespace Berth.Core.Instances;

/// <summary>Present use of a running instance. Null: not known.</summary>
public sealed record InstanceUsage
{
    public long CpuNanoseconds { get; init; }

    /// <summary>Bytes.</summary>
    public long MemoryUsed { get; init; }

    public long MemoryPeak { get; init; }

    /// <summary>What the instance sees as its memory, in bytes; 0 when unlimited.</summary>
    public long MemoryTotal { get; init; }

    public long SwapUsed { get; init; }

    public long? Processes { get; init; }

    public ImmutableArray<InterfaceUsage> Interfaces { get; init; } = [];

    /// <summary>From the guest: hostname, os name and version, kernel; null without agent.</summary>
    public GuestOs? Os { get; init; }
}

/// <summary>A network interface inside the instance, with its counters.</summary>
public sealed record InterfaceUsage
{
    public required string Name { get; init; }

    public string HostName { get; init; } = "";

    public string Mac { get; init; } = "";

    public int Mtu { get; init; }

    public bool Up { get; init; }

    public bool Loopback { get; init; }

    public long BytesReceived { get; init; }

    public long BytesSent { get; init; }

    public long PacketsReceived { get; init; }

    public long PacketsSent { get; init; }

    public long ErrorsReceived { get; init; }

    public long ErrorsSent { get; init; }

    public long DropsInbound { get; init; }

    public long DropsOutbound { get; init; }

    public ImmutableArray<InterfaceAddress> Addresses { get; init; } = [];
}

/// <param name="Family"><c>inet</c> or <c>inet6</c>.</param>
/// <param name="Scope"><c>global</c>, <c>link</c> or <c>local</c>.</param>
public sealed record InterfaceAddress(string Family, string Address, int PrefixLength, string Scope);

public sealed record GuestOs(string Name, string Version, string KernelVersion, string Hostname);
