using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Files;

/// <summary>What a client of a file protocol needs: files that stay open, and attributes of what is open.</summary>
public sealed partial class RootedDirectory
{
    /// <summary>Opens a regular file for reading and writing at any place. Attributes are for a file that is made; null takes the default.</summary>
    /// <exception cref="LinuxException">ENOENT; EEXIST; EISDIR, EINVAL: there is a directory, device, pipe or socket.</exception>
    public SafeFileHandle OpenFile(string path, FileAccess access, FileOpenOptions options, FileAttributeChange attributes)
    {
        Validate(attributes);
        var flags = access switch
        {
            FileAccess.ReadWrite => OpenFlags.ReadWrite,
            FileAccess.Write => OpenFlags.WriteOnly,
            _ => OpenFlags.ReadOnly,
        } | (options.Append ? OpenFlags.Append : 0);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (!options.Create || !options.Exclusive)
                {
                    using var named = OpenPath(path, follow: true);
                    NeedRegular(named, path);
                    return Fd.Reopen(named, flags | OpenFlags.NonBlocking | (options.Truncate && access != FileAccess.Read ? OpenFlags.Truncate : 0));
                }
            }
            catch (LinuxException e) when (e.Errno == Errno.ENOENT && options.Create)
            {
                // Then it is made.
            }

            try
            {
                return CreateFile(path, flags, attributes);
            }
            catch (LinuxException e) when (e.Errno == Errno.EEXIST && !options.Exclusive && attempt < Attempts)
            {
                // Somebody made it in between; or it is a link to nowhere, which stays one.
            }
        }
    }

    /// <summary>Opens what a path leads to, for <see cref="SetAttributes(SafeFileHandle, FileAttributeChange)"/> and, files and directories, for their times.</summary>
    public SafeFileHandle OpenForTimes(string path)
    {
        var named = OpenPath(path, follow: true);
        if (FileStatus.Of(named).Type is not (FileType.Regular or FileType.Directory))
        {
            // A pipe or device is named and never opened: its times cannot be set.
            return named;
        }

        using (named)
        {
            return Fd.Reopen(named, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal);
        }
    }

    /// <summary>Opens a directory to read its entries in pieces.</summary>
    public DirectoryReader OpenList(string path) => new(
        Fd.OpenAt2(_root, Inside(path), OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NonBlocking, 0, Confined), _map);

    /// <summary>What an open file is.</summary>
    public FileStatus Stat(SafeFileHandle file) => StatusOf(file);

    /// <summary>Sets owner, group and mode of what is open here (O_PATH is enough).</summary>
    public void SetAttributes(SafeFileHandle file, FileAttributeChange attributes)
    {
        Validate(attributes);
        Apply(file, attributes, Fd.ProcPath(file));
    }

    /// <summary>How much room there is where a path leads to.</summary>
    public FileSystemStatus FileSystem(string path)
    {
        using var named = OpenPath(path, follow: true);
        return FileOperations.StatFileSystem(Fd.ProcPath(named));
    }
}
