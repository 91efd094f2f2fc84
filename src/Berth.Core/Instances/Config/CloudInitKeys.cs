using static Berth.Core.Instances.ConfigKey;

namespace Berth.Core.Instances;

/// <summary>What cloud-init inside the instance is given.</summary>
internal static class CloudInitKeys
{
    private const string Condition = "If the image has cloud-init";

    public static readonly ConfigKey[] All =
    [
        Key("cloud-init.network-config", "Network configuration for cloud-init", ConfigValues.Yaml),
        Key("cloud-init.user-data", "User data for cloud-init", ConfigValues.CloudConfig),
        Key("cloud-init.vendor-data", "Vendor data for cloud-init", ConfigValues.CloudConfig),
        Key("user.network-config", "Older name of cloud-init.network-config", ConfigValues.Any),
        Key("user.user-data", "Older name of cloud-init.user-data", ConfigValues.Any),
        Key("user.vendor-data", "Older name of cloud-init.vendor-data", ConfigValues.Any),
        Key("user.meta-data", "Lines added to the meta data that cloud-init is given", ConfigValues.Any),
    ];

    private static ConfigKey Key(string name, string description, Func<string, string?> check) =>
        Text(name, $"{description} ({char.ToLowerInvariant(Condition[0])}{Condition[1..]})") with { Check = check };
}
