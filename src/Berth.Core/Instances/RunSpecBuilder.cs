using System.Collections.Immutable;
using Berth.Core.Devices;
using Berth.Core.Profiles;
using Berth.Core.Resources;
using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>Turns an instance's record, with its profiles, into what an engine needs.</summary>
public sealed class RunSpecBuilder(HostLayout layout, ProfileService profiles, PoolService pools, InstanceNics nics, MachineBoots boots, DeviceBuilder devices)
{
    private const string EnvironmentPrefix = "environment.";

    public async Task<RunSpec> BuildAsync(InstanceRecord record, CancellationToken cancel)
    {
        var expanded = profiles.Expand(record);
        var key = record.Id.Key;
        var pool = pools.Get(record.Pool);
        return new()
        {
            Id = record.Id,
            Uuid = record.Uuid,
            RuntimeDirectory = layout.InstanceRuntime(key),
            StateDirectory = layout.InstanceDirectory(key),
            LogDirectory = Path.Combine(layout.Logs, key),
            Cgroup = $"{layout.CgroupRoot}/{key}",
            Limits = LimitsOf(record, expanded),
            Environment = expanded.Config
                .Where(c => c.Key.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
                .ToImmutableSortedDictionary(c => c.Key[EnvironmentPrefix.Length..], c => c.Value),
            Nics = await nics.ResolveAsync(record, cancel),
            Devices = devices.Build(record, expanded),
            Config = expanded.Config,
            GuestApiDirectory = ConfigCatalogue.IsFalse(expanded.Config.GetValueOrDefault("security.guestapi")) ? null : layout.GuestApi,
            CloudInit = CloudInit.Seed.Of(record, expanded),
            Root = record.Kind == InstanceKind.Container
                ? new(record.IdBase, cancel => pool.MountContainerRootAsync(key, record.IdBase, cancel))
                : null,
            Boot = record.Kind == InstanceKind.Machine ? await boots.BootOfAsync(record, pool, expanded.Config, cancel) : null,
        };
    }

    public static Limits LimitsOf(InstanceRecord record, ExpandedConfig expanded) =>
        LimitsParser.Parse(
            expanded.Config, expanded.Root?.Value.GetValueOrDefault("size"), record.Kind == InstanceKind.Machine, HostCapacity.Present);

    /// <summary>Makes the directories that the engine expects.</summary>
    public static void MakeDirectories(RunSpec spec)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(spec.RuntimeDirectory)!, Traversable);
        Directory.CreateDirectory(spec.RuntimeDirectory, Traversable);
        Directory.CreateDirectory(spec.StateDirectory, Private);
        Directory.CreateDirectory(spec.LogDirectory, Private);
    }

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Traversable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}
