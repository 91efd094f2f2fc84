using System.Collections.Immutable;
using System.Globalization;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Snapshots;

namespace Berth.Daemon.Mapping;

/// <summary>Instances on the wire.</summary>
internal sealed class InstanceMap(ProfileService profiles, SnapshotMap snapshots)
{
    public Api.Instance ToWire(Instance instance)
    {
        var record = instance.Record;
        var expanded = profiles.Expand(record);
        var config = WithVolatile(instance, record, record.Config);
        return new()
        {
            Name = record.Name,
            Project = record.Project,
            Type = TypeName(record.Kind),
            Architecture = record.Architecture,
            Description = record.Description,
            Config = config,
            Devices = Devices(record.Devices),
            ExpandedConfig = WithVolatile(instance, record, expanded.Config),
            ExpandedDevices = Devices(expanded.Devices),
            Profiles = record.Profiles,
            Ephemeral = record.Ephemeral,
            Stateful = record.Stateful,
            CreatedAt = record.CreatedAt,
            LastUsedAt = record.LastUsedAt,
            Location = "none",
            Status = instance.Status.ToString(),
            StatusCode = (Api.StatusCode)(int)instance.Status,
        };
    }

    public Api.InstanceFull ToFullWire(Instance instance, Api.InstanceState state)
    {
        var wire = ToWire(instance);
        return new()
        {
            Name = wire.Name,
            Project = wire.Project,
            Type = wire.Type,
            Architecture = wire.Architecture,
            Description = wire.Description,
            Config = wire.Config,
            Devices = wire.Devices,
            ExpandedConfig = wire.ExpandedConfig,
            ExpandedDevices = wire.ExpandedDevices,
            Profiles = wire.Profiles,
            Ephemeral = wire.Ephemeral,
            Stateful = wire.Stateful,
            CreatedAt = wire.CreatedAt,
            LastUsedAt = wire.LastUsedAt,
            Location = wire.Location,
            Status = wire.Status,
            StatusCode = wire.StatusCode,
            State = state,
            Snapshots = [.. SnapshotRegistry.List(instance).Select(snapshots.ToWire)],
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

    private static ImmutableSortedDictionary<string, string> WithVolatile(
        Instance instance, InstanceRecord record, ImmutableSortedDictionary<string, string> config)
    {
        var builder = config.ToBuilder();
        builder["volatile.uuid"] = record.Uuid.ToString();
        builder["volatile.idmap.base"] = record.IdBase.ToString(CultureInfo.InvariantCulture);
        builder["volatile.last_state.power"] = instance.Status is InstanceStatus.Stopped or InstanceStatus.Error ? "STOPPED" : "RUNNING";
        if (record.Image.Length > 0)
        {
            builder["volatile.base_image"] = record.Image;
        }

        if (instance.Running is { Accelerator: { Length: > 0 } accelerator })
        {
            builder[AcceleratorKey] = accelerator;
        }

        return builder.ToImmutable();
    }
}
