using System.Collections.Immutable;
using System.Globalization;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Profiles;

namespace Berth.Daemon.Mapping;

/// <summary>All that an instance's description is made of, at one moment.</summary>
internal sealed record InstanceLook(InstanceRecord Record, ExpandedConfig Expanded, InstanceStatus Status, string Accelerator)
{
    /// <summary>Whether the description is the same: records are immutable, so no content need be compared.</summary>
    public bool IsSame(InstanceLook other) =>
        ReferenceEquals(Record, other.Record) && ReferenceEquals(Expanded, other.Expanded) && Status == other.Status && Accelerator == other.Accelerator;
}

/// <summary>Instances on the wire.</summary>
internal sealed class InstanceMap(ProfileService profiles)
{
    public InstanceLook Look(Instance instance) =>
        new(instance.Record, profiles.Expand(instance.Record), instance.Status, instance.Running?.Accelerator ?? "");

    public Api.Instance ToWire(Instance instance) => ToWire(Look(instance));

    public static Api.Instance ToWire(InstanceLook look)
    {
        var record = look.Record;
        return new()
        {
            Name = record.Name,
            Project = record.Project,
            Type = TypeName(record.Kind),
            Architecture = record.Architecture,
            Description = record.Description,
            Config = WithVolatile(look, record.Config),
            Devices = Devices(record.Devices),
            ExpandedConfig = WithVolatile(look, look.Expanded.Config),
            ExpandedDevices = Devices(look.Expanded.Devices),
            Profiles = record.Profiles,
            Ephemeral = record.Ephemeral,
            Stateful = record.Stateful,
            CreatedAt = record.CreatedAt,
            LastUsedAt = record.LastUsedAt,
            Location = "none",
            Status = look.Status.ToString(),
            StatusCode = (Api.StatusCode)(int)look.Status,
        };
    }

    /// <summary>What a client may change, as it reads it; also what the ETag names.</summary>
    public static Api.InstancePut Changeable(InstanceRecord record) => new()
    {
        Architecture = record.Architecture,
        Config = record.Config,
        Description = record.Description,
        Devices = Devices(record.Devices),
        Ephemeral = record.Ephemeral,
        Profiles = record.Profiles,
        Stateful = record.Stateful,
    };

    public static string TypeName(InstanceKind kind) => kind == InstanceKind.Container ? "container" : "virtual-machine";

    public static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> FromWire(
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> devices) =>
        devices.ToImmutableSortedDictionary(d => d.Key, d => FromWire(d.Value), StringComparer.Ordinal);

    /// <summary>An empty value means «not set», as in Incus.</summary>
    public static ImmutableSortedDictionary<string, string> FromWire(IReadOnlyDictionary<string, string> config) =>
        config.Where(c => !string.IsNullOrEmpty(c.Value)).ToImmutableSortedDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal);

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Devices(
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> devices) =>
        devices.ToDictionary(d => d.Key, d => (IReadOnlyDictionary<string, string>)d.Value);

    /// <summary>Volatile keys that Berth keeps in the record's own fields.</summary>
    private static readonly ImmutableHashSet<string> Derived =
        ["volatile.uuid", "volatile.base_image", "volatile.idmap.base", "volatile.last_state.power", AcceleratorKey];

    /// <summary>How a running machine's instructions are run, and why.</summary>
    private const string AcceleratorKey = "volatile.berth.accelerator";

    /// <summary>Takes out the keys that are Berth's own; a client that read them sends them back, but cannot set them.</summary>
    /// <param name="present">The instance as the client may have read it; null where there is none yet.</param>
    /// <exception cref="BerthException">BadRequest: one of them is to be changed.</exception>
    public static ImmutableSortedDictionary<string, string> WithoutDerived(ImmutableSortedDictionary<string, string> config, Api.Instance? present)
    {
        foreach (var key in Derived.Where(config.ContainsKey))
        {
            if (key.StartsWith("volatile.last_state", StringComparison.Ordinal) || key == AcceleratorKey)
            {
                // They change by themselves between a client's reading and writing.
                continue;
            }

            if (config[key] != present?.Config.GetValueOrDefault(key))
            {
                throw BerthException.BadRequest($"{key} is Berth's own and cannot be set");
            }
        }

        return config.RemoveRange(Derived);
    }

    private static ImmutableSortedDictionary<string, string> WithVolatile(InstanceLook look, ImmutableSortedDictionary<string, string> config)
    {
        var record = look.Record;
        var builder = config.ToBuilder();
        builder["volatile.uuid"] = record.Uuid.ToString();
        builder["volatile.idmap.base"] = record.IdBase.ToString(CultureInfo.InvariantCulture);
        builder["volatile.last_state.power"] = look.Status is InstanceStatus.Stopped or InstanceStatus.Error ? "STOPPED" : "RUNNING";
        if (record.Image.Length > 0)
        {
            builder["volatile.base_image"] = record.Image;
        }

        if (look.Accelerator.Length > 0)
        {
            builder[AcceleratorKey] = look.Accelerator;
        }

        return builder.ToImmutable();
    }
}
