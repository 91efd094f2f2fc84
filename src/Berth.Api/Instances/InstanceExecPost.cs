using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>Run a command: <c>POST /1.0/instances/NAME/exec</c>.</summary>
public sealed record InstanceExecPost
{
    public IReadOnlyList<string> Command { get; init => field = value ?? []; } = [];

    public string Cwd { get; init => field = value ?? ""; } = "";

    public ConfigMap Environment { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public uint Group { get; init; }

    public int Height { get; init; }

    public bool Interactive { get; init; }

    [JsonPropertyName("record-output")]
    public bool RecordOutput { get; init; }

    public uint User { get; init; }

    [JsonPropertyName("wait-for-websocket")]
    public bool WaitForWebsocket { get; init; }

    public int Width { get; init; }
}

/// <summary>A message on the control websocket of an exec.</summary>
public sealed record InstanceExecControl
{
    public string Command { get; init => field = value ?? ""; } = "";

    public ConfigMap Args { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public int Signal { get; init; }
}
