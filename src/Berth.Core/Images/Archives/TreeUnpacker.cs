using System.Buffers;
using Berth.Linux;
using Berth.Linux.Trees;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Images.Archives;

/// <summary>Unpacks the tree of a tar archive into an empty directory. Whatever fails, the caller removes the directory.</summary>
internal static class TreeUnpacker
{
    private const int BufferSize = 256 << 10;

    /// <param name="source">The archive, decompressed.</param>
    /// <param name="root">Directory of the archive that becomes the root; empty for the archive itself.</param>
    /// <param name="directory">Empty.</param>
    /// <exception cref="BerthException">BadRequest, naming the entry that may not be in an image; NoSpace.</exception>
    public static async Task UnpackAsync(Stream source, string root, string directory, TreeLimits limits, CancellationToken cancel)
    {
        var guard = new ArchiveGuard(limits, root);
        using var tar = new TarReader(source);
        using var writer = new TreeWriter(directory);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await tar.NextAsync(cancel) is { } entry)
            {
                if (guard.Admit(entry) is { } path)
                {
                    await WriteAsync(tar, entry, path, guard, writer, buffer, 0, cancel);
                }
            }

            writer.Complete();
        }
        catch (InvalidDataException e)
        {
            throw new BerthException(ErrorKind.BadRequest, $"the image cannot be read: {e.Message}", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Unpacks one directory of an archive that has more: from an entry that was read to the first one that is not below it.</summary>
    /// <param name="idShift">Added to owners, and to the ids in ACLs and capabilities.</param>
    /// <returns>The entry after it; null at the end of the archive.</returns>
    public static async Task<TarEntry?> UnpackPartAsync(
        TarReader tar, TarEntry? entry, ArchiveGuard guard, string directory, uint idShift, CancellationToken cancel)
    {
        using var writer = new TreeWriter(directory);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (entry is not null && guard.IsBelow(entry))
            {
                if (guard.Admit(entry) is { } path)
                {
                    await WriteAsync(tar, entry, path, guard, writer, buffer, idShift, cancel);
                }

                entry = await tar.NextAsync(cancel);
            }

            writer.Complete();
            return entry;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask WriteAsync(
        TarReader tar, TarEntry entry, string path, ArchiveGuard guard, TreeWriter writer, byte[] buffer, uint idShift, CancellationToken cancel)
    {
        try
        {
            switch (entry.Kind)
            {
                case TarEntryKind.Directory:
                    writer.AddDirectory(path, Attributes(entry, idShift));
                    break;
                case TarEntryKind.File:
                    using (var file = writer.AddFile(path))
                    {
                        await WriteContentAsync(tar, entry, file, buffer, cancel);
                        TreeWriter.Finish(file, Attributes(entry, idShift));
                    }

                    break;
                case TarEntryKind.SymbolicLink:
                    writer.AddSymbolicLink(path, entry.LinkTarget, Attributes(entry, idShift));
                    break;
                case TarEntryKind.HardLink:
                    writer.AddHardLink(path, guard.HardLinkTarget(entry));
                    break;
                case TarEntryKind.Fifo:
                    writer.AddFifo(path, Attributes(entry, idShift));
                    break;
                default:
                    throw new InvalidOperationException($"{entry.Kind} passed the guard");
            }
        }
        catch (LinuxException e)
        {
            throw Explain(guard.What, entry, e);
        }
        catch (IOException e) when (DiskRoom.IsFull(e))
        {
            throw NoRoom(guard.What, entry, e);
        }
    }

    internal static async ValueTask WriteContentAsync(TarReader tar, TarEntry entry, SafeFileHandle file, byte[] buffer, CancellationToken cancel)
    {
        long end = 0;
        foreach (var (offset, length) in entry.Segments)
        {
            for (long done = 0; done < length;)
            {
                var n = await tar.ReadDataAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - done)), cancel);
                RandomAccess.Write(file, buffer.AsSpan(0, n), offset + done);
                done += n;
                end = offset + done;
            }
        }

        // The last part of a sparse file's map may be empty: it only says where the file ends.
        if (entry.Size > end)
        {
            RandomAccess.SetLength(file, entry.Size);
        }
    }

    private static TreeAttributes Attributes(TarEntry entry, uint idShift) => new(
        entry.Mode, (uint)entry.Uid + idShift, (uint)entry.Gid + idShift, entry.ModifiedNs,
        [
            .. entry.Attributes.Where(attribute => AttributePolicy.Keeps(attribute.Key, attribute.Value))
                .Select(attribute => KeyValuePair.Create(attribute.Key, AttributeShift.Apply(attribute.Key, attribute.Value, idShift))),
        ]);

    private static BerthException Explain(string what, TarEntry entry, LinuxException e)
    {
        var reason = e.Errno switch
        {
            Errno.ELOOP or Errno.EXDEV or Errno.ENOTDIR => $"its path passes a symbolic link or a file of the same {what}",
            Errno.ENOENT when entry.Kind == TarEntryKind.HardLink => $"it is a hard link to {entry.LinkTarget}, which is not in the {what} before it",
            Errno.EPERM when entry.Kind == TarEntryKind.HardLink => $"it is a hard link to {entry.LinkTarget}, which is a directory",
            Errno.EMLINK => "its file has more names than the filesystem takes",
            Errno.EISDIR => "it would replace a directory",
            Errno.EINVAL => "its name is not valid",
            _ => null,
        };
        if (e.Errno is Errno.ENOSPC or Errno.EDQUOT)
        {
            return NoRoom(what, entry, e);
        }

        return reason is null
            ? BerthException.Internal($"cannot unpack {entry.Path}: {e.Message}", e)
            : new BerthException(ErrorKind.BadRequest, $"the {what} is refused because of its entry \"{entry.Path}\": {reason}", e);
    }

    private static BerthException NoRoom(string what, TarEntry entry, IOException e) =>
        new(ErrorKind.NoSpace, $"no room to unpack the {what} (at {entry.Path}): make room in the storage pool", e);
}
