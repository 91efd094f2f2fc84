using System.Collections.Immutable;
using System.Globalization;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Resources;

namespace Berth.Core.Projects;

/// <summary>A volume that counts against <c>limits.disk</c>.</summary>
/// <param name="Size">The <c>size</c> of its configuration; null when it has none.</param>
public sealed record ProjectVolume(string Pool, string Name, string? Size);

/// <summary>A limit of a project and what is used of it. -1: no limit.</summary>
public sealed record ProjectUse(long Limit, long Usage);

/// <summary>The sums that <c>limits.*</c> of a project bound: counts of instances, and what their configuration may take together.</summary>
internal sealed class ProjectLimits(ProjectRecord project, IReadOnlyList<(InstanceRecord Record, ExpandedConfig Expanded)> instances, IReadOnlyList<ProjectVolume> volumes)
{
    private static readonly ImmutableArray<string> Sums = ["limits.cpu", "limits.memory", "limits.processes", "limits.disk"];

    /// <summary>Whether the project has anything that needs counting.</summary>
    public static bool Any(ProjectRecord project) => project.Config.Keys.Any(k => k.StartsWith("limits.", StringComparison.Ordinal));

    /// <exception cref="BerthException">Forbidden: a limit is passed, or an instance does not say what it takes.</exception>
    public void Check()
    {
        Count("limits.instances", "instances", _ => true);
        Count("limits.containers", "containers", k => k == InstanceKind.Container);
        Count("limits.virtual-machines", "virtual machines", k => k == InstanceKind.Machine);
        foreach (var key in SumKeys().Where(k => project.Config.GetValueOrDefault(k, "").Length > 0))
        {
            var limit = Parse(key, project.Config[key]);
            var used = Sum(key, strict: true);
            if (used > limit)
            {
                throw Reached(key, $"{project.Config[key]} are allowed, {Show(key, used)} would be used");
            }
        }
    }

    /// <summary>Every limit with its use, under the names of <c>/1.0/projects/NAME/state</c>.</summary>
    public Dictionary<string, ProjectUse> Use(int networks)
    {
        var use = new Dictionary<string, ProjectUse>(StringComparer.Ordinal)
        {
            ["instances"] = new(LimitOf("limits.instances"), instances.Count),
            ["containers"] = new(LimitOf("limits.containers"), instances.Count(i => i.Record.Kind == InstanceKind.Container)),
            ["virtual-machines"] = new(LimitOf("limits.virtual-machines"), instances.Count(i => i.Record.Kind == InstanceKind.Machine)),
            ["networks"] = new(LimitOf("limits.networks"), networks),
        };
        foreach (var key in SumKeys())
        {
            use[key["limits.".Length..].Replace("disk.pool.", "disk.", StringComparison.Ordinal)] = new(LimitOf(key), Sum(key, strict: false));
        }

        return use;
    }

    private IEnumerable<string> SumKeys() => Sums.Concat(project.Config.Keys.Where(k => k.StartsWith(ProjectKeys.PoolLimit, StringComparison.Ordinal)));

    private long LimitOf(string key) => project.Config.GetValueOrDefault(key) is { Length: > 0 } value ? Parse(key, value) : -1;

    private void Count(string key, string what, Func<InstanceKind, bool> counts)
    {
        if (LimitOf(key) is >= 0 and var limit && instances.Count(i => counts(i.Record.Kind)) is var count && count > limit)
        {
            throw Reached(key, $"{limit} {what} are allowed, there would be {count}");
        }
    }

    private long Sum(string key, bool strict)
    {
        var total = 0L;
        var pool = key.StartsWith(ProjectKeys.PoolLimit, StringComparison.Ordinal) ? key[ProjectKeys.PoolLimit.Length..] : null;
        if (pool is not null || key == "limits.disk")
        {
            foreach (var volume in volumes.Where(v => pool is null || v.Pool == pool))
            {
                total = Add(total, Value(key, volume.Size, $"volume \"{volume.Name}\"", "size", strict));
            }
        }

        foreach (var (record, expanded) in instances)
        {
            total = Add(total, Value(key, record, expanded, pool, strict));
        }

        return total;
    }

    private long Value(string key, InstanceRecord record, ExpandedConfig expanded, string? pool, bool strict)
    {
        var owner = $"instance \"{record.Name}\"";
        if (pool is null && key != "limits.disk")
        {
            return key == "limits.processes" && record.Kind == InstanceKind.Machine ? 0 : Value(key, expanded.Config.GetValueOrDefault(key), owner, key, strict);
        }

        var root = expanded.Root?.Value;
        return pool is not null && root?.GetValueOrDefault("pool") != pool ? 0 : Value(key, root?.GetValueOrDefault("size"), owner, "a size of its root disk", strict);
    }

    private long Value(string key, string? text, string owner, string what, bool strict)
    {
        if (!string.IsNullOrEmpty(text))
        {
            return TryParse(key, text) ?? (strict ? throw Wrong(key, text, owner) : 0);
        }

        return strict
            ? throw new BerthException(ErrorKind.Forbidden, $"The {owner} in the project \"{project.Name}\" needs {what}, its own or a profile's, because the project has {key}")
            : 0;
    }

    private BerthException Wrong(string key, string text, string owner) => new(
        ErrorKind.Forbidden,
        $"\"{text}\" of the {owner} cannot be counted against {key} of the project \"{project.Name}\": give a plain {(key == "limits.cpu" ? "number of CPUs, not a set" : "value, not a share")}");

    private BerthException Reached(string key, string how) =>
        new(ErrorKind.Forbidden, $"The project \"{project.Name}\" has reached its {key}: {how}");

    private static long Parse(string key, string text) => TryParse(key, text) ?? throw BerthException.BadRequest($"Invalid value \"{text}\" for {key}");

    private static long? TryParse(string key, string text) => key is "limits.memory" || key.StartsWith("limits.disk", StringComparison.Ordinal)
        ? ByteSize.TryParse(text)
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Show(string key, long value) =>
        key is "limits.memory" || key.StartsWith("limits.disk", StringComparison.Ordinal) ? ByteSize.Format(value) : value.ToString(CultureInfo.InvariantCulture);

    private static long Add(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
