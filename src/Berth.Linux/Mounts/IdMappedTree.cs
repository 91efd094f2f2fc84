using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Mounts;

/// <summary>A directory as a container with shifted ids sees it: an id-mapped clone, nothing on disk is changed.</summary>
public static class IdMappedTree
{
    /// <summary>Clones a directory and id-maps the clone.</summary>
    /// <param name="path">For example a btrfs subvolume, owned by 0 … 65535 on disk.</param>
    /// <param name="userNamespace">See <see cref="Namespaces.UserNamespaceFd"/>.</param>
    /// <param name="attributes">For example <see cref="MountAttributes.ReadOnly"/>.</param>
    /// <returns>A detached mount: attach it with <see cref="MountApi.Move(SafeHandle, string)"/>, or use it as a directory descriptor.</returns>
    /// <exception cref="LinuxException">EINVAL: this file system or kernel cannot be id-mapped (NFS, overlay, …).</exception>
    public static SafeFileHandle Create(string path, SafeHandle userNamespace, MountAttributes attributes = MountAttributes.None)
    {
        var tree = MountApi.CloneTree(path, recursive: false);
        try
        {
            MountApi.SetAttributes(tree, attributes, propagation: MountPropagation.Private, userNamespace: userNamespace);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file system of a directory can be id-mapped on this kernel.</summary>
    public static bool IsSupported(string path, SafeHandle userNamespace)
    {
        try
        {
            Create(path, userNamespace).Dispose();
            return true;
        }
        catch (LinuxException e) when (e.Errno is Errno.EINVAL or Errno.EOPNOTSUPP or Errno.ENOSYS or Errno.EPERM)
        {
            return false;
        }
    }
}
