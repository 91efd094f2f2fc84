namespace Berth.Linux.Mounts;

/// <summary>How mounts below a mount travel to its peers, mount_namespaces(7).</summary>
public enum MountPropagation : uint
{
    Unchanged = 0,
    Unbindable = 1 << 17,
    Private = 1 << 18,
    Slave = 1 << 19,
    Shared = 1 << 20,
}
