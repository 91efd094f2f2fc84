using Berth.Linux.Mounts;

namespace Berth.Linux.Cgroups;

/// <summary>The control groups of this host: which hierarchies there are, and which controller is in which.</summary>
public sealed class CgroupHost
{
    private static readonly string[] UsedV2 = ["cpu", "cpuset", "memory", "pids", "io"];

    private CgroupHost(CgroupHierarchy? unified, IReadOnlyList<CgroupHierarchy> legacy)
    {
        Unified = unified;
        Legacy = legacy;
    }

    /// <summary>Pure v2, hybrid, or pure v1.</summary>
    public CgroupLayout Layout => Unified is null ? CgroupLayout.Legacy : !Legacy.Any(hierarchy => hierarchy.HasControllers) ? CgroupLayout.Unified : CgroupLayout.Hybrid;

    /// <summary>The v2 hierarchy; in a hybrid layout it usually has no controllers.</summary>
    public CgroupHierarchy? Unified { get; }

    /// <summary>The v1 hierarchies, those with only a name (name=systemd) among them.</summary>
    public IReadOnlyList<CgroupHierarchy> Legacy { get; }

    /// <summary>The hierarchies that a <see cref="Cgroup"/> has a directory in: all, since liblxc makes groups in all.</summary>
    internal IEnumerable<CgroupHierarchy> Used => (Unified is null ? [] : new[] { Unified }).Concat(Legacy);

    /// <summary>The v2 controllers to switch on for the groups below.</summary>
    internal IEnumerable<string> Enabled => Unified?.Controllers.Where(UsedV2.Contains) ?? [];

    /// <summary>Looks at what is mounted.</summary>
    /// <exception cref="InvalidOperationException">No cgroup file system is mounted.</exception>
    public static CgroupHost Detect() =>
        Detect(MountTable.Read(), mountPoint => Fd.ReadText(mountPoint + "/cgroup.controllers"));

    internal static CgroupHost Detect(MountTable table, Func<string, string> readControllers)
    {
        var v2 = table.Mounts.FirstOrDefault(mount => mount.FileSystem == "cgroup2");
        var unified = v2 is null
            ? null
            : new CgroupHierarchy(v2.MountPoint, true, readControllers(v2.MountPoint).Split(' ', StringSplitOptions.RemoveEmptyEntries));

        // The same hierarchy may be mounted more than once (a container manager's own copy): the first one counts.
        var legacy = table.Mounts
            .Where(mount => mount.FileSystem == "cgroup" && mount.Root == "/")
            .DistinctBy(mount => mount.Device)
            .Select(mount => new CgroupHierarchy(mount.MountPoint, false, [.. mount.SuperOptions.Split(',').Except(["rw", "ro", "xattr", "none"])]))
            .ToList();
        return unified is null && legacy.Count == 0
            ? throw new InvalidOperationException("No cgroup file system is mounted; mount cgroup2 on /sys/fs/cgroup.")
            : new CgroupHost(unified, legacy);
    }

    /// <summary>The hierarchy that has a controller ("cpu", "memory", …); null: the host has none.</summary>
    public CgroupHierarchy? Find(string controller) =>
        Legacy.FirstOrDefault(hierarchy => hierarchy.Controllers.Contains(controller))
        ?? (Unified?.Controllers.Contains(controller) == true ? Unified : null);

    /// <summary>A group by its path from the hierarchies' roots, for example "berth/web1". It need not exist.</summary>
    /// <exception cref="ArgumentException">An absolute or empty path, or one with "." or "..".</exception>
    public Cgroup Group(string path) => new(this, path);
}
