namespace Berth.Api;

/// <summary>Start, stop, restart, freeze or unfreeze: <c>PUT /1.0/instances/NAME/state</c>. The timeout is in seconds.</summary>
public sealed record InstanceStatePut
{
    public string Action { get; init => field = value ?? ""; } = "";

    public bool Force { get; init; }

    public bool Stateful { get; init; }

    public int Timeout { get; init; }
}

/// <summary>The same change of state for all instances: <c>PUT /1.0/instances</c>.</summary>
public sealed record InstancesPut
{
    public InstanceStatePut? State { get; init; }
}
