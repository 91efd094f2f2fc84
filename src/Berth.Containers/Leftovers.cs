using Berth.Containers.Devices;
using Berth.Linux.Cgroups;
using Berth.Linux.Mounts;

namespace Berth.Containers;

/// <summary>Gives back everything that a container that does not run any more has on the host.</summary>
internal static class Leftovers
{
    private const string LockRoot = "/run/lxc/lock";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task ReleaseAsync(ContainerPaths paths, Cgroup cgroup)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await cgroup.RemoveAsync(deadline.Token);
        if (MountTable.Read().Below(paths.RootFs).Count > 0)
        {
            MountApi.UnmountTree(paths.RootFs);
        }

        await LentLinks.ReturnAllAsync(paths, deadline.Token);
        Staging.Release(paths);
        DeleteFiles(paths);
        DeleteLock(paths);
    }

    /// <summary>liblxc's lock file is below /run, in directories named as the path of the container's; it leaves them all.</summary>
    private static void DeleteLock(ContainerPaths paths)
    {
        var directory = LockRoot + paths.LxcPath;
        if (!Directory.Exists(directory))
        {
            return;
        }

        // Not the directories above its own: another container's start may be about to use them.
        File.Delete($"{directory}/.{paths.Name}");
        Directory.Delete(LockRoot + paths.RuntimeDirectory, recursive: true);
    }

    /// <summary>
    /// Never recursive from the top: were the root still mounted, that would delete the container's own files. rmdir(2) on
    /// a mount point fails.
    /// </summary>
    private static void DeleteFiles(ContainerPaths paths)
    {
        if (!Directory.Exists(paths.RuntimeDirectory))
        {
            return;
        }

        if (Directory.Exists(paths.RootFs))
        {
            Directory.Delete(paths.RootFs);
        }

        foreach (var file in (ReadOnlySpan<string>)[paths.Config, paths.Seccomp, paths.MonitorPid, paths.State, paths.Mounts])
        {
            File.Delete(file);
        }

        if (Directory.Exists(paths.Credentials))
        {
            Directory.Delete(paths.Credentials, recursive: true);
        }

        if (Directory.Exists(paths.LxcPath))
        {
            Directory.Delete(paths.LxcPath, recursive: true);
        }
    }
}
