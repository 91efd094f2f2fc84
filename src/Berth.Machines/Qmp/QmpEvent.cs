using System.Text.Json;

namespace Berth.Machines.Qmp;

/// <summary>An event as QEMU names it, for example <c>SHUTDOWN</c>.</summary>
internal readonly record struct QmpEvent(string Name, JsonElement Data)
{
    public bool Flag(string property) =>
        Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.True;

    public string? Text(string property) =>
        Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
