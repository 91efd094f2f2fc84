using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>The host and the versions on it.</summary>
public sealed record ServerEnvironment
{
    public IReadOnlyList<string> Addresses { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Architectures { get; init => field = value ?? []; } = [];

    public string Certificate { get; init => field = value ?? ""; } = "";

    public string CertificateFingerprint { get; init => field = value ?? ""; } = "";

    public string Driver { get; init => field = value ?? ""; } = "";

    public string DriverVersion { get; init => field = value ?? ""; } = "";

    public string Firewall { get; init => field = value ?? ""; } = "";

    public string Kernel { get; init => field = value ?? ""; } = "";

    public string KernelArchitecture { get; init => field = value ?? ""; } = "";

    public ConfigMap KernelFeatures { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string KernelVersion { get; init => field = value ?? ""; } = "";

    public ConfigMap LxcFeatures { get; init => field = value ?? Empty.Map; } = Empty.Map;

    public string OsName { get; init => field = value ?? ""; } = "";

    public string OsVersion { get; init => field = value ?? ""; } = "";

    public string Project { get; init => field = value ?? ""; } = "";

    public string Server { get; init => field = value ?? ""; } = "";

    public bool ServerClustered { get; init; }

    public string ServerEventMode { get; init => field = value ?? ""; } = "";

    public string ServerName { get; init => field = value ?? ""; } = "";

    public int ServerPid { get; init; }

    public string ServerVersion { get; init => field = value ?? ""; } = "";

    public string Storage { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<ServerStorageDriverInfo> StorageSupportedDrivers { get; init => field = value ?? []; } = [];

    public string StorageVersion { get; init => field = value ?? ""; } = "";
}

/// <summary>A storage driver that the server can use.</summary>
public sealed record ServerStorageDriverInfo
{
    [JsonPropertyName("Name")]
    public string Name { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("Remote")]
    public bool Remote { get; init; }

    [JsonPropertyName("Version")]
    public string Version { get; init => field = value ?? ""; } = "";
}
