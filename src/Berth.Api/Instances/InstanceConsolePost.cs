namespace Berth.Api;

/// <summary>Attach to the console: <c>POST /1.0/instances/NAME/console</c>.</summary>
public sealed record InstanceConsolePost
{
    public bool Force { get; init; }

    public int Height { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";

    public int Width { get; init; }
}

/// <summary>A message on the control websocket of a console.</summary>
public sealed record InstanceConsoleControl
{
    public string Command { get; init => field = value ?? ""; } = "";

    public ConfigMap Args { get; init => field = value ?? Empty.Map; } = Empty.Map;
}
