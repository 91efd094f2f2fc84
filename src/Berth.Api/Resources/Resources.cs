using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>What the host has: <c>GET /1.0/resources</c>. Bytes throughout.</summary>
public sealed record Resources
{
    public ResourcesCpu Cpu { get; init => field = value ?? new(); } = new();

    public ResourcesMemory Memory { get; init => field = value ?? new(); } = new();

    public ResourcesNetwork Network { get; init => field = value ?? new(); } = new();

    public ResourcesStorage Storage { get; init => field = value ?? new(); } = new();

    public ResourcesSystem System { get; init => field = value ?? new(); } = new();

    public ResourcesGpu Gpu { get; init => field = value ?? new(); } = new();

    public ResourcesPci Pci { get; init => field = value ?? new(); } = new();

    public ResourcesUsb Usb { get; init => field = value ?? new(); } = new();

    public ResourcesSerial Serial { get; init => field = value ?? new(); } = new();

    public ResourcesLoad Load { get; init => field = value ?? new(); } = new();
}

/// <summary>Load averages and processes.</summary>
public sealed record ResourcesLoad
{
    [JsonPropertyName("Average1Min")]
    public double Average1Min { get; init; }

    [JsonPropertyName("Average5Min")]
    public double Average5Min { get; init; }

    [JsonPropertyName("Average10Min")]
    public double Average10Min { get; init; }

    [JsonPropertyName("Processes")]
    public int Processes { get; init; }
}
