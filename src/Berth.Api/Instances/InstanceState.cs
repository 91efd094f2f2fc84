namespace Berth.Api;

/// <summary>The live side of an instance: <c>GET /1.0/instances/NAME/state</c>.</summary>
public sealed record InstanceState
{
    public InstanceStateCpu Cpu { get; init => field = value ?? new(); } = new();

    public IReadOnlyDictionary<string, InstanceStateDisk> Disk { get; init => field = value ?? Empty.Of<InstanceStateDisk>(); } = Empty.Of<InstanceStateDisk>();

    public InstanceStateMemory Memory { get; init => field = value ?? new(); } = new();

    public IReadOnlyDictionary<string, InstanceStateNetwork> Network { get; init => field = value ?? Empty.Of<InstanceStateNetwork>(); } = Empty.Of<InstanceStateNetwork>();

    public InstanceStateOsInfo? OsInfo { get; init; }

    public long Pid { get; init; }

    public long Processes { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public string Status { get; init => field = value ?? ""; } = "";

    public StatusCode StatusCode { get; init; }
}

/// <summary>CPU time, in nanoseconds.</summary>
public sealed record InstanceStateCpu
{
    public long AllocatedTime { get; init; }

    public long Usage { get; init; }
}

/// <summary>Use of a disk device, in bytes.</summary>
public sealed record InstanceStateDisk
{
    public long Total { get; init; }

    public long Usage { get; init; }
}

/// <summary>Memory, in bytes.</summary>
public sealed record InstanceStateMemory
{
    public long SwapUsage { get; init; }

    public long SwapUsagePeak { get; init; }

    public long Total { get; init; }

    public long Usage { get; init; }

    public long UsagePeak { get; init; }
}

/// <summary>What the guest says that it is.</summary>
public sealed record InstanceStateOsInfo
{
    public string Fqdn { get; init => field = value ?? ""; } = "";

    public string Hostname { get; init => field = value ?? ""; } = "";

    public string KernelVersion { get; init => field = value ?? ""; } = "";

    public string Os { get; init => field = value ?? ""; } = "";

    public string OsVersion { get; init => field = value ?? ""; } = "";
}
