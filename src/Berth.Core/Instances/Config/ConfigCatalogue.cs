namespace Berth.Core.Instances;

/// <summary>
/// Every key of an instance's configuration: what is served, how its value is checked, and why what is not served is not. A key
/// that is not here is refused by name: nothing is accepted and ignored.
/// </summary>
public static class ConfigCatalogue
{
    /// <summary>The keys by group, in the groups of <c>/1.0/metadata/configuration</c>.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<ConfigKey>> Groups { get; } = new SortedDictionary<string, IReadOnlyList<ConfigKey>>(StringComparer.Ordinal)
    {
        ["berth"] = MiscellaneousKeys.BerthKeys,
        ["boot"] = BootKeys.All,
        ["cloud-init"] = CloudInitKeys.All,
        ["migration"] = MiscellaneousKeys.Migration,
        ["miscellaneous"] = [.. MiscellaneousKeys.Other, .. MiscellaneousKeys.Families],
        ["nvidia"] = MiscellaneousKeys.NvidiaKeys,
        ["oci"] = MiscellaneousKeys.OciKeys,
        ["raw"] = RawKeys.All,
        ["resource-limits"] = LimitKeys.All,
        ["security"] = SecurityKeys.All,
        ["snapshots"] = SnapshotConfigKeys.All,
        ["volatile"] = VolatileKeys.All,
    };

    private const int MaxValue = 1 << 20;

    private const int MaxKey = 512;

    private static readonly Dictionary<string, ConfigKey> Single = Groups.Where(g => g.Key != "volatile").SelectMany(g => g.Value)
        .Where(k => !k.IsFamily).ToDictionary(k => k.Name, StringComparer.Ordinal);

    /// <summary>A running machine can be given it: it takes effect at once, or with the next start, or is for containers alone.</summary>
    public static bool MachineTakesLive(string key) =>
        Find(key) is { } known
        && (known.Live || known.Scope == KeyScope.Container || key is "security.csm" or "security.secureboot" || key.StartsWith("cloud-init.", StringComparison.Ordinal));

    /// <summary>The key, or the family that it belongs to; null when there is none.</summary>
    public static ConfigKey? Find(string key) =>
        Single.GetValueOrDefault(key)
        ?? (key.StartsWith(VolatileKeys.Prefix, StringComparison.Ordinal)
            ? VolatileKeys.Find(key)
            : MiscellaneousKeys.Families.FirstOrDefault(f => key.StartsWith(f.Prefix, StringComparison.Ordinal)));

    /// <param name="kind">Null in a profile, which instances of both kinds may use.</param>
    /// <exception cref="BerthException">BadRequest: unknown key (with the nearest known one), wrong value, wrong kind. Unsupported: not served, with the reason.</exception>
    public static void Validate(string key, string value, InstanceKind? kind)
    {
        if (key.Length > MaxKey || value.Length > MaxValue)
        {
            throw BerthException.BadRequest(key.Length > MaxKey
                ? $"A key of configuration has {key.Length} characters; the most is {MaxKey}"
                : $"The value of {key} has {value.Length} characters; the most is {MaxValue}");
        }

        var known = Find(key) ?? throw Unknown(key);
        if (known.IsFamily && MiscellaneousKeys.ProblemOfName(known.Prefix, key[known.Prefix.Length..]) is { } problem)
        {
            throw BerthException.BadRequest($"Invalid key \"{key}\": {problem}");
        }

        if (known.Scope == KeyScope.Machine && kind == InstanceKind.Container)
        {
            throw BerthException.BadRequest($"{key} is for virtual machines; this is a container");
        }

        if (known.Scope == KeyScope.Container && kind == InstanceKind.Machine && !ForBoth(key))
        {
            throw BerthException.BadRequest($"{key} is for containers; this is a virtual machine");
        }

        if (value.Length == 0 || (known.Refusal is not null && known.AsksNothing(value)))
        {
            return;
        }

        if ((ConfigValues.Any(value) ?? known.Check(value)) is { } reason)
        {
            throw BerthException.BadRequest($"Invalid value \"{Shown(value)}\" for {key}: {reason}");
        }

        if (known.Refusal is { } refusal)
        {
            throw BerthException.Unsupported($"{key} is not supported: {refusal}");
        }
    }

    /// <summary>The API's idea of true.</summary>
    public static bool IsTrue(string? value) => value?.ToLowerInvariant() is "true" or "1" or "yes" or "on";

    /// <summary>The API's idea of false; what is not set is neither.</summary>
    public static bool IsFalse(string? value) => value?.ToLowerInvariant() is "false" or "0" or "no" or "off";

    /// <summary>Incus has these for containers alone; Berth keeps them for machines too.</summary>
    private static bool ForBoth(string key) => key is "limits.cpu.priority";

    private static string Shown(string value) => value.Length <= 100 ? value : value[..100] + "…";

    private static BerthException Unknown(string key)
    {
        var nearest = Suggestions.Nearest(key, Single.Keys);
        return BerthException.BadRequest(
            $"Unknown configuration key \"{Shown(key)}\"" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }
}
