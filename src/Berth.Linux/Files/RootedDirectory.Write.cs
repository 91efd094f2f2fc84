using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Files;

public sealed partial class RootedDirectory
{
    private const int DefaultFileMode = 0x1A4;
    private const int DefaultDirectoryMode = 0x1ED;
    private const int Attempts = 16;

    /// <summary>Opens a regular file for writing, or makes it. Attributes that are null stay as they are on a file that is there.</summary>
    /// <exception cref="LinuxException">EISDIR, EINVAL: there is a directory, device, pipe or socket; ENOENT: no such directory.</exception>
    public SafeFileHandle OpenWrite(string path, WriteMode mode, FileAttributeChange attributes)
    {
        Validate(attributes);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return mode != WriteMode.CreateNew && TryOpenExisting(path, mode, attributes) is { } existing
                    ? existing
                    : CreateFile(path, OpenFlags.WriteOnly | (mode == WriteMode.Append ? OpenFlags.Append : 0), attributes);
            }
            catch (LinuxException e) when (e.Errno == Errno.EEXIST && mode != WriteMode.CreateNew && attempt < Attempts)
            {
                // Somebody made it in between; or it is a link to nowhere, which stays one.
            }
        }
    }

    /// <summary>Makes a directory, and with <paramref name="parents"/> what is missing above it and no error when it is there.</summary>
    public void MakeDirectory(string path, bool parents, FileAttributeChange attributes)
    {
        Validate(attributes);
        if (!parents)
        {
            MakeOne(path, attributes);
            return;
        }

        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var count = 1; count <= parts.Length; count++)
        {
            var prefix = string.Join('/', parts[..count]);
            if (TryStat(prefix, follow: true) is { } there)
            {
                if (there.Type != FileType.Directory)
                {
                    throw new LinuxException(Errno.ENOTDIR, "mkdir", prefix);
                }

                continue;
            }

            try
            {
                MakeOne(prefix, attributes);
            }
            catch (LinuxException e) when (e.Errno == Errno.EEXIST && TryStat(prefix, follow: true)?.Type == FileType.Directory)
            {
                // Somebody else made it in between.
            }
        }
    }

    /// <summary>Makes a symbolic link; where it points to is not looked at.</summary>
    public unsafe void MakeSymbolicLink(string path, string target, FileAttributeChange attributes)
    {
        Validate(attributes);
        using var parent = OpenParent(path, out var name);
        fixed (byte* namePointer = name)
        fixed (byte* targetPointer = CString.Encode(target))
        {
            using (Identity())
            {
                Check.Result(Libc.SymLinkAt(targetPointer, parent, namePointer), "symlink", path);
            }
        }

        using var made = Fd.OpenAt2(parent, name, path, OpenFlags.Path | OpenFlags.NoFollow, 0, ResolveFlags.Beneath | ResolveFlags.NoMagicLinks);
        SetOwner(made, attributes.Uid ?? 0, attributes.Gid ?? 0, path);
    }

    /// <summary>Makes a pipe, or (as the host's root in a tree that is the host's own) a device.</summary>
    public unsafe void MakeNode(string path, FileType type, int major, int minor, FileAttributeChange attributes)
    {
        if (type is not (FileType.Fifo or FileType.CharacterDevice or FileType.BlockDevice))
        {
            throw new LinuxException(Errno.EINVAL, $"mknod ({type})", path);
        }

        Validate(attributes);
        using var parent = OpenParent(path, out var name);
        var device = ((ulong)((uint)major & 0xFFF) << 8) | ((uint)minor & 0xFF) | ((ulong)((uint)minor & ~0xFFu) << 12) | ((ulong)((uint)major & ~0xFFFu) << 32);
        fixed (byte* pointer = name)
        {
            using (Identity())
            {
                Check.Result(Libc.MkNodAt(parent, pointer, ((uint)type << 12) | 0x180, device), "mknod", path);
            }
        }

        using var made = Fd.OpenAt2(parent, name, path, OpenFlags.Path | OpenFlags.NoFollow, 0, OneStep);
        Apply(made, attributes with { Uid = attributes.Uid ?? 0, Gid = attributes.Gid ?? 0, Mode = attributes.Mode ?? DefaultFileMode }, path);
    }

    /// <summary>Sets owner, group and mode of what is there.</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP: the mode of a symbolic link.</exception>
    public void SetAttributes(string path, FileAttributeChange attributes, bool follow = false)
    {
        Validate(attributes);
        using var named = OpenPath(path, follow);
        Apply(named, attributes, path);
    }

    /// <summary>Renames inside the root (renameat2(2)); what is there under the new name is replaced, unless <paramref name="flags"/> forbid it.</summary>
    public unsafe void Rename(string from, string to, RenameFlags flags = RenameFlags.None)
    {
        using var fromParent = OpenParent(from, out var fromName);
        using var toParent = OpenParent(to, out var toName);
        fixed (byte* fromPointer = fromName)
        fixed (byte* toPointer = toName)
        {
            Check.Result(Libc.Syscall(Libc.SysRenameAt2, fromParent, fromPointer, toParent, toPointer, (nint)flags), "rename", $"{from} → {to}");
        }
    }

    private SafeFileHandle? TryOpenExisting(string path, WriteMode mode, FileAttributeChange attributes)
    {
        SafeFileHandle named;
        try
        {
            named = OpenPath(path, follow: true);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return null;
        }

        using (named)
        {
            NeedRegular(named, path);
            var how = mode == WriteMode.Append ? OpenFlags.Append : OpenFlags.Truncate;
            var file = Fd.Reopen(named, OpenFlags.WriteOnly | OpenFlags.NonBlocking | how);
            return Finished(file, attributes, path);
        }
    }

    private SafeFileHandle CreateFile(string path, OpenFlags access, FileAttributeChange attributes)
    {
        using var parent = OpenParent(path, out var name);
        SafeFileHandle file;
        using (Identity())
        {
            var flags = access | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow | OpenFlags.NonBlocking;
            file = Fd.OpenAt2(parent, name, path, flags, 0x180, OneStep);
        }

        return Finished(file, new FileAttributeChange(attributes.Uid ?? 0, attributes.Gid ?? 0, attributes.Mode ?? DefaultFileMode), path);
    }

    private SafeFileHandle Finished(SafeFileHandle file, FileAttributeChange attributes, string path)
    {
        try
        {
            Apply(file, attributes, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private unsafe void MakeOne(string path, FileAttributeChange attributes)
    {
        using var parent = OpenParent(path, out var name);
        fixed (byte* pointer = name)
        {
            using (Identity())
            {
                Check.Result(Libc.MkDirAt(parent, pointer, 0x1C0), "mkdir", path);
            }
        }

        using var made = Fd.OpenAt2(parent, name, path, OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow, 0, OneStep);
        Apply(made, new FileAttributeChange(attributes.Uid ?? 0, attributes.Gid ?? 0, attributes.Mode ?? DefaultDirectoryMode), path);
    }

    /// <summary>Before anything is made or truncated.</summary>
    private void Validate(FileAttributeChange attributes)
    {
        _ = HostId(attributes.Uid ?? 0);
        _ = HostId(attributes.Gid ?? 0);
        _ = CheckedMode(attributes.Mode ?? 0);
    }

    /// <summary>Owner first: changing it clears the set-id bits that the mode may want.</summary>
    private void Apply(SafeFileHandle file, FileAttributeChange attributes, string path)
    {
        if (attributes.Uid is not null || attributes.Gid is not null)
        {
            SetOwner(file, attributes.Uid, attributes.Gid, path);
        }

        if (attributes.Mode is { } mode)
        {
            Check.Result(Libc.ChMod(Fd.ProcPath(file), CheckedMode(mode)), "chmod", path);
        }
    }

    private unsafe void SetOwner(SafeFileHandle file, long? uid, long? gid, string path)
    {
        fixed (byte* empty = "\0"u8)
        {
            Check.Result(Libc.FChOwnAt(file, empty, uid is null ? uint.MaxValue : HostId(uid), gid is null ? uint.MaxValue : HostId(gid), Libc.AtEmptyPath), "chown", path);
        }
    }
}
