namespace Berth.Linux.Cgroups;

/// <summary>A mounted cgroup file system.</summary>
/// <param name="MountPoint">Where, for example /sys/fs/cgroup/memory.</param>
/// <param name="IsV2">Version 2 or 1.</param>
/// <param name="Controllers">The controllers it has.</param>
public sealed record CgroupHierarchy(string MountPoint, bool IsV2, IReadOnlyList<string> Controllers)
{
    /// <summary>It limits something; a v1 hierarchy may have a name only, as systemd's own.</summary>
    internal bool HasControllers => Controllers.Any(controller => !controller.StartsWith("name=", StringComparison.Ordinal));
}
