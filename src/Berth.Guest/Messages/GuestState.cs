namespace Berth.Guest.Messages;

/// <summary>What the guest says of itself. Sizes in bytes.</summary>
public sealed record GuestState
{
    public string Hostname { get; init; } = "";

    /// <summary>NAME of os-release.</summary>
    public string OsName { get; init; } = "";

    /// <summary>VERSION_ID of os-release.</summary>
    public string OsVersion { get; init; } = "";

    public string KernelVersion { get; init; } = "";

    public long BootTimeUnixSeconds { get; init; }

    public double LoadAverage1 { get; init; }

    public double LoadAverage5 { get; init; }

    public double LoadAverage15 { get; init; }

    public long Processes { get; init; }

    public long MemoryTotal { get; init; }

    /// <summary>Total less MemAvailable.</summary>
    public long MemoryUsed { get; init; }

    public long SwapTotal { get; init; }

    public long SwapUsed { get; init; }

    public long RootTotal { get; init; }

    public long RootUsed { get; init; }

    public GuestInterface[] Interfaces { get; init; } = [];
}

public sealed record GuestInterface
{
    public required string Name { get; init; }

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

    public GuestAddress[] Addresses { get; init; } = [];
}

/// <param name="Family"><c>inet</c> or <c>inet6</c>.</param>
/// <param name="Scope"><c>global</c>, <c>link</c> or <c>local</c>.</param>
public sealed record GuestAddress(string Family, string Address, int PrefixLength, string Scope);
