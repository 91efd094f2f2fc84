using System.Text;
using Berth.Core.Profiles;

namespace Berth.Core.Instances.CloudInit;

/// <summary>What cloud-init inside an instance is given, in the form of its NoCloud data source.</summary>
/// <param name="Asked">The configuration says something for it; else the instance gets the seed only where its image has cloud-init.</param>
/// <param name="NetworkConfig">Null: cloud-init decides.</param>
public sealed record Seed(bool Asked, string MetaData, string UserData, string VendorData, string? NetworkConfig)
{
    /// <summary>Where a container's cloud-init looks.</summary>
    public const string Directory = "/var/lib/cloud/seed/nocloud-net";

    private const string NoConfig = "#cloud-config\n{}\n";

    /// <summary>Name and content of every file.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Files =>
    [
        ("meta-data", Encoding.UTF8.GetBytes(MetaData)),
        ("user-data", Encoding.UTF8.GetBytes(UserData)),
        ("vendor-data", Encoding.UTF8.GetBytes(VendorData)),
        .. NetworkConfig is null ? [] : new[] { ("network-config", Encoding.UTF8.GetBytes(NetworkConfig)) },
    ];

    public static Seed Of(InstanceRecord record, ExpandedConfig expanded)
    {
        var (user, vendor, network) = Data(expanded);
        return new(
            user is not null || vendor is not null || network is not null,
            MetaDataOf(record, expanded),
            user ?? NoConfig,
            vendor ?? NoConfig,
            network);
    }

    /// <summary>The meta data: the id that makes cloud-init run again when it changes, the host name, and what the user adds.</summary>
    public static string MetaDataOf(InstanceRecord record, ExpandedConfig expanded) =>
        $"#cloud-config\ninstance-id: {CloudInitIds.Of(record)}\nlocal-hostname: {record.Name}\n{expanded.Config.GetValueOrDefault("user.meta-data", "")}";

    internal static (string? User, string? Vendor, string? Network) Data(ExpandedConfig expanded)
    {
        string? Value(string name) =>
            expanded.Config.GetValueOrDefault("cloud-init." + name) is { Length: > 0 } value ? value
            : expanded.Config.GetValueOrDefault("user." + name) is { Length: > 0 } older ? older
            : null;
        return (Value("user-data"), Value("vendor-data"), Value("network-config"));
    }
}
