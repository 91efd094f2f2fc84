using Berth.Linux;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Images.Disks;

/// <summary>Finds the kernel that a distribution put into a tree, and the initial ramdisk that belongs to it.</summary>
internal static class KernelFinder
{
    private static readonly string[] KernelPrefixes = ["vmlinuz-", "vmlinux-", "bzImage-", "Image-"];
    private static readonly string[] PlainKernels = ["boot/vmlinuz", "boot/Image", "vmlinuz"];
    private static readonly string[] PlainInitrds = ["boot/initrd.img", "boot/initramfs.img", "boot/initrd", "initrd.img"];

    /// <returns>Paths inside the tree; null without a kernel.</returns>
    public static (string Kernel, string? Initrd)? Find(string tree)
    {
        using var root = Fd.Open(tree, OpenFlags.Path | OpenFlags.Directory);
        var names = BootNames(tree);
        var newest = names
            .Select(name => (Name: name, Version: VersionOf(name)))
            .Where(kernel => kernel.Version is { Length: > 0 } version && !version.Contains("rescue", StringComparison.Ordinal))
            .OrderByDescending(kernel => kernel.Version!, VersionOrder.Instance)
            .FirstOrDefault(kernel => IsFile(root, "boot/" + kernel.Name));
        if (newest.Name is not null)
        {
            return ("boot/" + newest.Name, InitrdsFor(newest.Version!).FirstOrDefault(path => IsFile(root, path)));
        }

        return PlainKernels.FirstOrDefault(path => IsFile(root, path)) is { } plain
            ? (plain, PlainInitrds.FirstOrDefault(path => IsFile(root, path)))
            : null;
    }

    /// <summary>Opens a file of a tree for reading; links are followed inside the tree only.</summary>
    public static SafeFileHandle Open(SafeFileHandle root, string path) =>
        Fd.OpenAt2(root, path, OpenFlags.ReadOnly | OpenFlags.NonBlocking, 0, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks);

    private static List<string> BootNames(string tree)
    {
        var boot = new DirectoryInfo(Path.Combine(tree, "boot"));
        return boot.Exists && boot.LinkTarget is null ? [.. boot.EnumerateFiles().Select(file => file.Name)] : [];
    }

    private static string? VersionOf(string name) =>
        KernelPrefixes.Where(prefix => name.StartsWith(prefix, StringComparison.Ordinal)).Select(prefix => name[prefix.Length..]).FirstOrDefault();

    /// <summary>Debian and Ubuntu, Fedora and Arch, SUSE, Alpine.</summary>
    private static IEnumerable<string> InitrdsFor(string version) =>
    [
        $"boot/initrd.img-{version}", $"boot/initramfs-{version}.img", $"boot/initrd-{version}", $"boot/initramfs-{version}",
    ];

    private static bool IsFile(SafeFileHandle root, string path)
    {
        try
        {
            using var file = Open(root, path);
            using var stream = new FileStream(file, FileAccess.Read, 0);
            return stream.CanSeek && stream.Length > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not there, a dangling link, a directory, a pipe: no kernel in any case.
            return false;
        }
    }
}
