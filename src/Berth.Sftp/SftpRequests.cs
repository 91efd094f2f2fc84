using System.Collections.Immutable;
using Berth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Berth.Sftp;

/// <summary>Does what each packet asks for.</summary>
internal sealed class SftpRequests(Func<RootedDirectory> open, SftpHandles handles, SftpWriter answer)
{
    private const string PosixRename = "posix-rename@openssh.com";
    private const string StatVfs = "statvfs@openssh.com";
    private const string FSync = "fsync@openssh.com";

    /// <summary>Most bytes of one READ; a client that asks for more gets less, as the protocol allows.</summary>
    private const int MostData = 255 << 10;

    /// <summary>Block size that statvfs counts in.</summary>
    private const int Block = 4096;

    public static readonly ImmutableArray<(string Name, string Version)> Extensions = [(PosixRename, "1"), (StatVfs, "2"), (FSync, "1")];

    public void Answer(SftpPacket type, uint request, SftpReader packet)
    {
        switch (type)
        {
            case SftpPacket.Open:
                Handle(request, OpenFile(packet));
                break;
            case SftpPacket.OpenDirectory:
                Handle(request, With(packet.Path(), (root, path) => root.OpenList(path)));
                break;
            case SftpPacket.Close:
                handles.Close(packet.Bytes());
                Ok(request);
                break;
            case SftpPacket.Read:
                Read(request, packet);
                break;
            case SftpPacket.Write:
                Write(request, packet);
                break;
            case SftpPacket.ReadDirectory:
                ReadDirectory(request, handles.Directory(packet.Bytes()));
                break;
            case SftpPacket.Stat or SftpPacket.LStat:
                Attributes(request, With(packet.Path(), (root, path) => root.Stat(path, follow: type == SftpPacket.Stat)));
                break;
            case SftpPacket.FStat:
                var described = handles.File(packet.Bytes());
                Attributes(request, With("", (root, _) => root.Stat(described)));
                break;
            case SftpPacket.RealPath:
                Names(request, RealPath(packet.Path()));
                break;
            case SftpPacket.ReadLink:
                Names(request, With(packet.Path(), (root, path) => root.ReadLink(path)));
                break;
            case SftpPacket.Extended:
                Extended(request, packet);
                break;
            default:
                Change(type, packet);
                Ok(request);
                break;
        }
    }

    /// <summary>The requests that are answered by their success alone.</summary>
    private void Change(SftpPacket type, SftpReader packet)
    {
        switch (type)
        {
            case SftpPacket.SetStat:
                SetAttributes(packet.Path(), packet.Attributes());
                break;
            case SftpPacket.FSetStat:
                var file = handles.File(packet.Bytes());
                var attributes = packet.Attributes();
                With("", (root, _) => Apply(root, file, attributes));
                break;
            case SftpPacket.Remove:
                Remove(packet.Path(), directory: false);
                break;
            case SftpPacket.RemoveDirectory:
                Remove(packet.Path(), directory: true);
                break;
            case SftpPacket.MakeDirectory:
                var (made, ownership) = (packet.Path(), packet.Attributes().Ownership);
                With(made, (root, path) => Done(() => root.MakeDirectory(path, parents: false, ownership)));
                break;
            case SftpPacket.Rename:
                Rename(packet, RenameFlags.NoReplace);
                break;
            case SftpPacket.SymbolicLink:
                var (target, link) = (packet.Text(), packet.Path());
                if (target.Length is 0 or > 4095 || target.Contains('\0', StringComparison.Ordinal))
                {
                    throw new SftpException(SftpStatus.Failure, "the target of a symlink has 1 to 4095 characters and no NUL");
                }

                With(link, (root, path) => Done(() => root.MakeSymbolicLink(path, target, FileAttributeChange.None)));
                break;
            default:
                throw new SftpException(SftpStatus.Unsupported, $"packets of type {(int)type} are not supported");
        }
    }

    private SafeFileHandle OpenFile(SftpReader packet)
    {
        var (path, how, attributes) = (packet.Path(), (SftpOpen)packet.UInt32(), packet.Attributes());
        var (read, write) = (how.HasFlag(SftpOpen.Read), how.HasFlag(SftpOpen.Write) || how.HasFlag(SftpOpen.Append));
        var access = (read, write) switch
        {
            (true, true) => FileAccess.ReadWrite,
            (false, true) => FileAccess.Write,
            _ => FileAccess.Read,
        };
        var options = new FileOpenOptions(how.HasFlag(SftpOpen.Create), how.HasFlag(SftpOpen.Exclusive), how.HasFlag(SftpOpen.Truncate), how.HasFlag(SftpOpen.Append));

        // A directory can be opened to be looked at, as open(2) allows; clients find out so what it is.
        return With(path, (root, p) => !write && !options.Create && root.TryStat(p, follow: true)?.Type == FileType.Directory
            ? root.OpenForTimes(p)
            : root.OpenFile(p, access, options, attributes.Ownership));
    }

    private void Read(uint request, SftpReader packet)
    {
        var (file, offset, count) = (handles.File(packet.Bytes()), packet.Offset(), packet.UInt32());
        if (answer.Data(request, file, offset, (int)Math.Min(count, MostData)) == 0 && count > 0)
        {
            answer.Status(request, SftpStatus.EndOfFile, "end of file");
        }
    }

    private void Write(uint request, SftpReader packet)
    {
        var (file, offset) = (handles.File(packet.Bytes()), packet.Offset());
        RandomAccess.Write(file, packet.Bytes(), offset);
        Ok(request);
    }

    private void ReadDirectory(uint request, DirectoryReader directory)
    {
        var entries = directory.Next();
        if (entries.Count == 0)
        {
            answer.Status(request, SftpStatus.EndOfFile, "end of directory");
            return;
        }

        answer.Begin(SftpPacket.Name, request);
        answer.UInt32((uint)entries.Count);
        foreach (var (name, status) in entries)
        {
            answer.Name(name, status);
        }
    }

    private void SetAttributes(string path, SftpAttributes attributes) => With(path, (root, p) =>
    {
        if (attributes.Size is not null)
        {
            using var file = root.OpenFile(p, FileAccess.Write, new(), FileAttributeChange.None);
            return Apply(root, file, attributes);
        }

        using var named = root.OpenForTimes(p);
        return Apply(root, named, attributes);
    });

    private static bool Apply(RootedDirectory root, SafeFileHandle file, SftpAttributes attributes)
    {
        if (attributes.Size is { } size)
        {
            RandomAccess.SetLength(file, size);
        }

        root.SetAttributes(file, attributes.Ownership);
        if (attributes is { Accessed: { } accessed, Modified: { } modified })
        {
            File.SetLastAccessTimeUtc(file, DateTimeOffset.FromUnixTimeSeconds(accessed).UtcDateTime);
            File.SetLastWriteTimeUtc(file, DateTimeOffset.FromUnixTimeSeconds(modified).UtcDateTime);
        }

        return true;
    }

    private void Remove(string path, bool directory) => With(path, (root, p) =>
    {
        if ((root.Stat(p).Type == FileType.Directory) != directory)
        {
            throw new SftpException(SftpStatus.Failure, directory ? "not a directory" : "is a directory");
        }

        root.Delete(p, recursive: false);
        return true;
    });

    private void Rename(SftpReader packet, RenameFlags flags)
    {
        var (from, to) = (packet.Path(), packet.Path());
        With(from, (root, path) => Done(() => root.Rename(path, to, flags)));
    }

    private void Extended(uint request, SftpReader packet)
    {
        switch (packet.Text())
        {
            case PosixRename:
                Rename(packet, RenameFlags.None);
                Ok(request);
                break;
            case FSync:
                FileOperations.Sync(handles.File(packet.Bytes()));
                Ok(request);
                break;
            case StatVfs:
                Space(request, With(packet.Path(), (root, path) => root.FileSystem(path)));
                break;
            case var name:
                throw new SftpException(SftpStatus.Unsupported, $"the extension \"{name}\" is not supported");
        }
    }

    private void Space(uint request, FileSystemStatus status)
    {
        answer.Begin(SftpPacket.ExtendedReply, request);
        ulong[] fields =
        [
            Block, Block, (ulong)status.Size / Block, (ulong)status.Free / Block, (ulong)status.Available / Block,
            (ulong)status.Inodes, (ulong)status.FreeInodes, (ulong)status.FreeInodes, 0, 0, 255,
        ];
        foreach (var field in fields)
        {
            answer.UInt64(field);
        }
    }

    /// <summary>As OpenSSH's client wants it: without "." and "..", whether there is something or not.</summary>
    private static string RealPath(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != "."))
        {
            if (part != "..")
            {
                parts.Add(part);
            }
            else if (parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }

        return "/" + string.Join('/', parts);
    }

    private T With<T>(string path, Func<RootedDirectory, string, T> work)
    {
        using var root = open();
        return work(root, path);
    }

    private static bool Done(Action action)
    {
        action();
        return true;
    }

    private void Ok(uint request) => answer.Status(request, SftpStatus.Ok, "");

    private void Handle(uint request, IDisposable opened)
    {
        var handle = handles.Add(opened);
        answer.Begin(SftpPacket.Handle, request);
        answer.Bytes(handle);
    }

    private void Attributes(uint request, FileStatus status)
    {
        answer.Begin(SftpPacket.Attributes, request);
        answer.Attributes(status);
    }

    /// <summary>One name; its attributes are left out, as the protocol allows for these answers.</summary>
    private void Names(uint request, string name)
    {
        answer.Begin(SftpPacket.Name, request);
        answer.UInt32(1);
        answer.Text(name);
        answer.Text(name);
        answer.UInt32(0);
    }
}
