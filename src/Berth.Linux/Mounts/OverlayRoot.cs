using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Berth.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Mounts;

/// <summary>
/// A container's root as an overlay: the image id-mapped below, the container's own directory above. No file is copied or changed in owner.
/// </summary>
public static class OverlayRoot
{
    private const int CloneNewNs = 0x20000;

    /// <summary>Makes the upper and work directories, with the image's root mode and the container's root as owner. Again is harmless.</summary>
    public static void Prepare(OverlayLayers layers, IdMap map)
    {
        Directory.CreateDirectory(layers.Upper);
        Directory.CreateDirectory(layers.Work);
        using var upper = Fd.Open(layers.Upper, OpenFlags.Directory);
        var root = (uint)map.ToHost(0);
        Check.Result(Libc.FChOwn(upper, root, root), "fchown", layers.Upper);
        Check.Result(Libc.FChMod(upper, (uint)File.GetUnixFileMode(layers.Image)), "fchmod", layers.Upper);
    }

    /// <summary>Mounts the overlay.</summary>
    /// <param name="layers">Prepared directories.</param>
    /// <param name="userNamespace">Id-maps the image.</param>
    /// <param name="options">Further overlay options, for example "volatile".</param>
    /// <returns>A detached mount: attach it with <see cref="MountApi.Move(SafeHandle, string)"/>, or use it as a directory descriptor.</returns>
    /// <exception cref="LinuxException">With overlay's own words where it has some.</exception>
    public static SafeFileHandle Create(
        OverlayLayers layers, SafeHandle userNamespace, IReadOnlyList<KeyValuePair<string, string?>>? options = null)
    {
        using var image = IdMappedTree.Create(layers.Image, userNamespace, MountAttributes.ReadOnly);
        try
        {
            return Mount(image, layers, options);
        }
        catch (LinuxException e) when (e.Errno == Errno.EINVAL)
        {
            return CreateInOwnNamespace(image, layers, options);
        }
    }

    /// <summary>
    /// Kernels before 6.15 take only layers that are attached in the caller's mount namespace. A namespace of a thread's own does for that,
    /// and goes with the thread.
    /// </summary>
    internal static SafeFileHandle CreateInOwnNamespace(
        SafeHandle image, OverlayLayers layers, IReadOnlyList<KeyValuePair<string, string?>>? options) =>
        NamespaceThread.Run(() =>
        {
            Check.Result(Libc.Unshare(CloneNewNs), "unshare(CLONE_NEWNS)");
            using (var root = Fd.Open("/", OpenFlags.Path | OpenFlags.Directory))
            {
                MountApi.SetAttributes(root, propagation: MountPropagation.Private, recursive: true);
            }

            MountApi.Move(image, layers.Image);
            using var attached = Fd.Open(layers.Image, OpenFlags.Path | OpenFlags.Directory);
            return Mount(attached, layers, options);
        });

    private static SafeFileHandle Mount(SafeHandle lower, OverlayLayers layers, IReadOnlyList<KeyValuePair<string, string?>>? options)
    {
        // By descriptor: a path with a comma or colon would be taken for more than one option or layer.
        using var upper = Fd.Open(layers.Upper, OpenFlags.Path | OpenFlags.Directory);
        using var work = Fd.Open(layers.Work, OpenFlags.Path | OpenFlags.Directory);
        return MountApi.CreateFileSystem("overlay",
        [
            new("source", "berth"),
            new("lowerdir", Fd.ProcPath(lower)),
            new("upperdir", Fd.ProcPath(upper)),
            new("workdir", Fd.ProcPath(work)),
            .. options ?? [],
        ]);
    }
}
