using System.Buffers.Binary;
using System.Text;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Files;

/// <summary>btrfs subvolumes, snapshots and quotas by ioctl(2), without starting a program (linux/btrfs.h).</summary>
public static unsafe partial class Btrfs
{
    private const nuint SubvolCreate = 0x5000940E;
    private const nuint SnapDestroy = 0x5000940F;
    private const nuint SnapCreateV2 = 0x50009417;
    private const nuint SubvolGetFlags = 0x80089419;
    private const nuint SubvolSetFlags = 0x4008941A;
    private const nuint GetSubvolRootRef = 0xD000943D;
    private const nuint InoLookupUser = 0xD000943E;
    private const nuint InoLookup = 0xD0009412;
    private const ulong ReadOnlyFlag = 2;
    private const ulong RootInode = 256;
    private const int ArgsSize = 4096;
    private const int NameMax = 255;

    /// <summary>Whether a path is on btrfs.</summary>
    public static bool IsBtrfs(string path) => FileOperations.StatFileSystem(path).Type == FileSystemStatus.Btrfs;

    /// <summary>Whether a path is a subvolume's root.</summary>
    public static bool IsSubvolume(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.Path | OpenFlags.NoFollow);
        var status = FileStatus.Of(fd);
        return status.Type == FileType.Directory && status.Inode == RootInode && IsBtrfs(Fd.ProcPath(fd));
    }

    /// <summary>Makes an empty subvolume.</summary>
    /// <exception cref="LinuxException">EEXIST; ENOTTY: not on btrfs.</exception>
    public static void CreateSubvolume(string path)
    {
        using var parent = OpenParent(path, out var name);
        var args = stackalloc byte[ArgsSize];
        Fill(args, 8, name);
        Check.Result(Libc.Ioctl(parent, SubvolCreate, args), "ioctl(BTRFS_IOC_SUBVOL_CREATE)", path);
    }

    /// <summary>Makes a snapshot; subvolumes inside the source are empty directories in it.</summary>
    public static void Snapshot(string source, string path, bool readOnly)
    {
        using var from = Fd.Open(source, OpenFlags.Directory);
        using var parent = OpenParent(path, out var name);

        // struct btrfs_ioctl_vol_args_v2: fd, transid, flags at 16, name at 56.
        var args = stackalloc byte[ArgsSize];
        Fill(args, 56, name);
        var span = new Span<byte>(args, ArgsSize);
        BinaryPrimitives.WriteInt64LittleEndian(span, from.DangerousGetHandle());
        BinaryPrimitives.WriteUInt64LittleEndian(span[16..], readOnly ? ReadOnlyFlag : 0);
        Check.Result(Libc.Ioctl(parent, SnapCreateV2, args), "ioctl(BTRFS_IOC_SNAP_CREATE_V2)", $"{source} → {path}");
        GC.KeepAlive(from);
    }

    /// <summary>Whether a subvolume is read-only.</summary>
    public static bool IsReadOnly(string path)
    {
        using var subvolume = Fd.Open(path, OpenFlags.Directory);
        ulong flags = 0;
        Check.Result(Libc.Ioctl(subvolume, SubvolGetFlags, &flags), "ioctl(BTRFS_IOC_SUBVOL_GETFLAGS)", path);
        return (flags & ReadOnlyFlag) != 0;
    }

    /// <summary>Makes a subvolume read-only or writable.</summary>
    public static void SetReadOnly(string path, bool readOnly)
    {
        using var subvolume = Fd.Open(path, OpenFlags.Directory);
        SetReadOnly(subvolume, path, readOnly);
    }

    /// <summary>Deletes a subvolume with the subvolumes inside. The data goes in the background.</summary>
    /// <exception cref="LinuxException">ENOENT; EBUSY: it is mounted or the default subvolume.</exception>
    public static void DeleteSubvolume(string path)
    {
        using var parent = OpenParent(path, out var name);
        DeleteBelow(parent, name, path);
    }

    /// <summary>The id of the subvolume that a path is in.</summary>
    public static ulong SubvolumeId(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking);

        // struct btrfs_ioctl_ino_lookup_args: treeid (0: of this file), objectid, name.
        var args = stackalloc byte[ArgsSize];
        var span = new Span<byte>(args, ArgsSize);
        span.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(span[8..], RootInode);
        Check.Result(Libc.Ioctl(fd, InoLookup, args), "ioctl(BTRFS_IOC_INO_LOOKUP)", path);
        return BinaryPrimitives.ReadUInt64LittleEndian(span);
    }

    private static void DeleteBelow(SafeFileHandle parent, string name, string path)
    {
        using (var subvolume = Fd.OpenAt2(parent, name, OpenFlags.Directory | OpenFlags.NoFollow, 0, ResolveFlags.Beneath | ResolveFlags.NoSymlinks))
        {
            foreach (var (directory, child) in Children(subvolume))
            {
                SetReadOnly(subvolume, path, readOnly: false);

                // Whoever owns the subvolume made these names: a link among them must not lead anywhere else.
                using var holder = Fd.OpenAt2(subvolume, directory.Length == 0 ? "." : directory, OpenFlags.Directory, 0,
                    ResolveFlags.Beneath | ResolveFlags.NoSymlinks);
                DeleteBelow(holder, child, $"{path}/{directory}{child}");
            }
        }

        var args = stackalloc byte[ArgsSize];
        Fill(args, 8, name);
        Check.Result(Libc.Ioctl(parent, SnapDestroy, args), "ioctl(BTRFS_IOC_SNAP_DESTROY)", path);
    }

    /// <summary>The subvolumes directly inside: the directory they are in ("" or "a/b/"), and their names.</summary>
    private static List<(string Directory, string Name)> Children(SafeFileHandle subvolume)
    {
        const int most = 255;
        const int countOffset = 8 + (most * 16);
        var children = new List<(string, string)>();
        var buffer = stackalloc byte[ArgsSize];
        var refs = new Span<byte>(buffer, ArgsSize);
        var lowest = 0UL;
        int count;
        do
        {
            // struct btrfs_ioctl_get_subvol_rootref_args: min_treeid, 255 × (treeid, dirid), num_items. EOVERFLOW: there are more.
            refs.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(refs, lowest);
            var result = Libc.Ioctl(subvolume, GetSubvolRootRef, buffer);
            if (result < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Errno.EOVERFLOW)
            {
                throw LinuxException.Last("ioctl(BTRFS_IOC_GET_SUBVOL_ROOTREF)");
            }

            count = refs[countOffset];
            for (var i = 0; i < count; i++)
            {
                var tree = BinaryPrimitives.ReadUInt64LittleEndian(refs[(8 + (16 * i))..]);
                children.Add(NameOf(subvolume, tree, BinaryPrimitives.ReadUInt64LittleEndian(refs[(16 + (16 * i))..])));
                lowest = tree + 1;
            }
        }
        while (count == most);
        return children;
    }

    private static (string Directory, string Name) NameOf(SafeFileHandle subvolume, ulong tree, ulong directory)
    {
        // struct btrfs_ioctl_ino_lookup_user_args: dirid, treeid, name[256], path[3824].
        var args = stackalloc byte[ArgsSize];
        var span = new Span<byte>(args, ArgsSize);
        span.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(span, directory);
        BinaryPrimitives.WriteUInt64LittleEndian(span[8..], tree);
        Check.Result(Libc.Ioctl(subvolume, InoLookupUser, args), "ioctl(BTRFS_IOC_INO_LOOKUP_USER)");
        return (Text(span[272..]), Text(span[16..272]));
    }

    private static void SetReadOnly(SafeFileHandle subvolume, string path, bool readOnly)
    {
        ulong flags = 0;
        Check.Result(Libc.Ioctl(subvolume, SubvolGetFlags, &flags), "ioctl(BTRFS_IOC_SUBVOL_GETFLAGS)", path);
        flags = readOnly ? flags | ReadOnlyFlag : flags & ~ReadOnlyFlag;
        Check.Result(Libc.Ioctl(subvolume, SubvolSetFlags, &flags), "ioctl(BTRFS_IOC_SUBVOL_SETFLAGS)", path);
    }

    private static SafeFileHandle OpenParent(string path, out string name)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        name = Path.GetFileName(path);
        return Fd.Open(Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".", OpenFlags.Directory);
    }

    private static void Fill(byte* args, int nameOffset, string name)
    {
        var span = new Span<byte>(args, ArgsSize);
        span.Clear();
        var bytes = CString.Encode(name);
        if (bytes.Length is 1 or > NameMax + 1)
        {
            throw new LinuxException(Errno.ENAMETOOLONG, "subvolume name of 1 to 255 bytes", name);
        }

        bytes.CopyTo(span[nameOffset..]);
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
