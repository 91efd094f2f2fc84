using System.Text.RegularExpressions;
using Berth.Core.Snapshots;

namespace Berth.Core.Instances;

/// <summary>
/// Every instance key that Berth serves, and how its value is checked. A key that is not here is refused by name: nothing
/// is accepted and ignored. <c>limits.*</c> values are checked by <see cref="Resources.LimitsParser"/>.
/// </summary>
public static partial class ConfigCatalogue
{
    private static readonly Dictionary<string, Key> Keys = new(StringComparer.Ordinal)
    {
        ["boot.autostart"] = new(Boolean),
        ["boot.autostart.delay"] = new(Number),
        ["boot.autostart.priority"] = new(Number),
        ["boot.host_shutdown_timeout"] = new(Number),
        ["limits.cpu"] = new(Any, Live: true),
        ["limits.cpu.allowance"] = new(Any, Live: true),
        ["limits.memory"] = new(Any, Live: true),
        ["limits.processes"] = new(Any, Live: true),
        ["security.nesting"] = new(Boolean),
        [SnapshotKeys.Schedule] = new(value => SnapshotKeys.WhyNot(SnapshotKeys.Schedule, value), Live: true),
        [SnapshotKeys.ScheduleStopped] = new(Boolean, Live: true),
        [SnapshotKeys.Pattern] = new(value => SnapshotKeys.WhyNot(SnapshotKeys.Pattern, value), Live: true),
        [SnapshotKeys.Expiry] = new(value => SnapshotKeys.WhyNot(SnapshotKeys.Expiry, value), Live: true),
        [SnapshotKeys.ManualExpiry] = new(value => SnapshotKeys.WhyNot(SnapshotKeys.ManualExpiry, value), Live: true),
        ["security.privileged"] = new(Privileged),
        ["berth.machine.accelerator"] = new(OneOf("auto", "kvm", "tcg"), MachineOnly: true),
        [MachineBoots.BootKey] = new(OneOf("auto", "direct", "firmware"), MachineOnly: true),
        ["berth.machine.firmware"] = new(OneOf("uefi", "bios"), MachineOnly: true),
    };

    /// <summary>Keys that are Berth's own, for <c>/1.0/metadata/configuration</c> and completion.</summary>
    public static IReadOnlyCollection<string> Known => Keys.Keys;

    /// <summary>A change of it takes effect on a running instance.</summary>
    public static bool IsLive(string key) =>
        FreeForm(key) || (Keys.TryGetValue(key, out var known) && known.Live) || key.StartsWith("boot.", StringComparison.Ordinal);

    /// <exception cref="BerthException">BadRequest: unknown key (with the nearest known one), wrong value, wrong kind.</exception>
    public static void Validate(string key, string value, InstanceKind? kind)
    {
        if (value.Length > 1 << 20)
        {
            throw BerthException.BadRequest($"The value of {key} has {value.Length} characters; the most is 1048576");
        }

        if (FreeForm(key))
        {
            if (key.StartsWith("environment.", StringComparison.Ordinal) && !EnvironmentName().IsMatch(key["environment.".Length..]))
            {
                throw BerthException.BadRequest($"Invalid key \"{key}\": what follows \"environment.\" must be a name of a variable");
            }

            if (value.Contains('\0', StringComparison.Ordinal) || key.Contains('\0', StringComparison.Ordinal))
            {
                throw BerthException.BadRequest($"The value of {key} contains a NUL character");
            }

            return;
        }

        if (!Keys.TryGetValue(key, out var known))
        {
            throw Unknown(key);
        }

        if (known.MachineOnly && kind == InstanceKind.Container)
        {
            throw BerthException.BadRequest($"{key} is for virtual machines; this is a container");
        }

        if (value.Length > 0 && known.Check(value) is { } reason)
        {
            throw BerthException.BadRequest($"Invalid value \"{value}\" for {key}: {reason}");
        }
    }

    private static bool FreeForm(string key) =>
        key.StartsWith("user.", StringComparison.Ordinal)
        || key.StartsWith("image.", StringComparison.Ordinal)
        || key.StartsWith("volatile.", StringComparison.Ordinal)
        || key.StartsWith("environment.", StringComparison.Ordinal);

    private static BerthException Unknown(string key)
    {
        var nearest = Suggestions.Nearest(key, Keys.Keys);
        return BerthException.BadRequest(
            $"Unknown or unsupported configuration key \"{key}\"" + (nearest is null ? "" : $"; did you mean \"{nearest}\"?"));
    }

    private static string? Any(string value) => value.Contains('\0', StringComparison.Ordinal) ? "it contains a NUL character" : null;

    private static string? Boolean(string value) =>
        value is "true" or "false" or "1" or "0" or "yes" or "no" or "on" or "off" ? null : "give true or false";

    private static string? Number(string value) => int.TryParse(value, out var number) && number >= 0 ? null : "give a whole number";

    private static string? Privileged(string value) =>
        IsTrue(value) ? "Berth runs containers unprivileged; privileged containers are not supported" : Boolean(value);

    /// <summary>The API's idea of true.</summary>
    public static bool IsTrue(string? value) => value is "true" or "1" or "yes" or "on";

    private static Func<string, string?> OneOf(params string[] values) =>
        value => values.Contains(value) ? null : $"give one of {string.Join(", ", values)}";

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex EnvironmentName();

    private sealed record Key(Func<string, string?> Check, bool Live = false, bool MachineOnly = false);
}
