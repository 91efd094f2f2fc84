using Berth.Core.Instances;
using Berth.Linux.Files;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Containers.Running;

/// <summary>The namespaces of a container's present init.</summary>
internal sealed class ContainerNamespaces(InstanceId id, uint idBase, ContainerPaths paths, Func<PidFd> init) : IInstanceNamespaces
{
    public uint IdBase => idBase;

    public SafeFileHandle OpenNetwork() => InitRoot.OpenNetwork(init(), id);

    public SafeFileHandle OpenRoot()
    {
        var root = InitRoot.Open(init(), id);
        if (IsContainers(root))
        {
            return root;
        }

        root.Dispose();
        throw InitRoot.NotRunning(id);
    }

    /// <summary>Until liblxc is through with the mounts of a new init, that one sees the host's root: nothing may be made there.</summary>
    private bool IsContainers(SafeFileHandle root)
    {
        var (seen, wanted) = (FileStatus.Of(root), FileStatus.Of(paths.RootFs));
        return (seen.Device, seen.Inode) == (wanted.Device, wanted.Inode);
    }
}
