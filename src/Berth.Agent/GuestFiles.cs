using Berth.Guest.Messages;
using Berth.Guest.Sessions;
using Berth.Linux;
using Berth.Linux.Files;

namespace Berth.Agent;

/// <summary>The guest's files, as root sees them.</summary>
internal static class GuestFiles
{
    public static GuestFile Stat(string path) => Describe(Absolute(path));

    public static GuestFile[] List(string path)
    {
        if (!Directory.Exists(Absolute(path)))
        {
            throw new GuestException(
                TryStatus(path) is null ? GuestErrorKind.NotFound : GuestErrorKind.BadRequest, $"There is no directory {path} in the machine.");
        }
        return [.. Directory.EnumerateFileSystemEntries(path).Select(TryDescribe).OfType<GuestFile>().OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    public static async Task ReadAsync(string path, GuestChannel channel)
    {
        await using var file = OpenRegular(path);
        await channel.SendControlAsync(new StartedControl(0), channel.Cancelled);
        await file.CopyToAsync(channel.Output(1), channel.Cancelled);

        // Only a whole file gets its end of file; a read error ends the stream as an error.
        await channel.Output(1).DisposeAsync();
    }

    public static async Task WriteAsync(WriteFileRequest request, GuestChannel channel)
    {
        var path = Target(Absolute(request.Path));
        var old = TryStatus(path);
        if (old is not null and not { Type: FileType.Regular })
        {
            throw new GuestException(GuestErrorKind.BadRequest, $"{request.Path} is not a regular file.");
        }
        if (request.Append && old is not null)
        {
            await using var file = new FileStream(path, FileMode.Append, FileAccess.Write);
            await channel.Input(0).CopyToAsync(file, channel.Cancelled);
            SetAttributes(new SetAttributesRequest(path, request.Uid, request.Gid, request.Mode));
            return;
        }
        await ReplaceAsync(path, old, request, channel);
    }

    public static void MakeDirectory(MakeDirectoryRequest request)
    {
        var path = Absolute(request.Path);
        if (Directory.Exists(path))
        {
            return;
        }
        FileOperations.MakeDirectory(path, 0x1ED); // 0755
        SetAttributes(new SetAttributesRequest(path, request.Uid, request.Gid, request.Mode));
    }

    public static void MakeSymlink(MakeSymlinkRequest request)
    {
        var path = Absolute(request.Path);
        if (TryStatus(path) is not null)
        {
            throw new GuestException(GuestErrorKind.Exists, $"{path} exists already.");
        }
        File.CreateSymbolicLink(path, request.Target);
        SetAttributes(new SetAttributesRequest(path, request.Uid, request.Gid, null));
    }

    public static void Delete(string path, bool recursive)
    {
        if (Path.GetFullPath(Absolute(path)) == "/")
        {
            throw new GuestException(GuestErrorKind.BadRequest, "The machine's root directory cannot be deleted.");
        }
        var directory = FileStatus.Of(path).Type == FileType.Directory;
        if (directory && recursive)
        {
            Directory.Delete(path, recursive: true);
            return;
        }
        FileOperations.Remove(path, directory);
    }

    public static void SetAttributes(SetAttributesRequest request)
    {
        var path = Absolute(request.Path);
        if (request.Uid is not null || request.Gid is not null)
        {
            FileOperations.SetOwner(path, request.Uid, request.Gid);
        }
        if (request.Mode is { } mode)
        {
            if (FileStatus.Of(path).Type == FileType.SymbolicLink)
            {
                throw new GuestException(GuestErrorKind.BadRequest, $"{path} is a symlink, which has no mode of its own.");
            }
            File.SetUnixFileMode(path, (UnixFileMode)(mode & 0xFFF));
        }
    }

    private static async Task ReplaceAsync(string path, FileStatus? old, WriteFileRequest request, GuestChannel channel)
    {
        var half = $"{path}.berth-{Guid.NewGuid():N}";
        try
        {
            await using (var file = new FileStream(half, FileMode.CreateNew, FileAccess.Write))
            {
                await channel.Input(0).CopyToAsync(file, channel.Cancelled);
            }
            SetAttributes(new SetAttributesRequest(
                half, request.Uid ?? (uint?)old?.Uid ?? 0, request.Gid ?? (uint?)old?.Gid ?? 0, request.Mode ?? (uint?)old?.Mode ?? 0x1A4)); // 0644
            File.Move(half, path, overwrite: true);
        }
        catch
        {
            File.Delete(half);
            throw;
        }
    }

    private static FileStream OpenRegular(string path)
    {
        var target = Target(Absolute(path));
        return FileStatus.Of(target).Type == FileType.Regular
            ? new FileStream(target, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            : throw new GuestException(GuestErrorKind.BadRequest, $"{path} is not a regular file.");
    }

    /// <summary>Where a symlink leads in the end.</summary>
    private static string Target(string path) =>
        TryStatus(path) is { Type: FileType.SymbolicLink } ? File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName : path;

    private static GuestFile? TryDescribe(string path)
    {
        try
        {
            return Describe(path);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            // Removed while the directory was read.
            return null;
        }
    }

    private static GuestFile Describe(string path)
    {
        var status = FileStatus.Of(path);
        var kind = status.Type switch
        {
            FileType.Regular => GuestFileKind.File,
            FileType.Directory => GuestFileKind.Directory,
            FileType.SymbolicLink => GuestFileKind.Symlink,
            _ => GuestFileKind.Other,
        };
        return new GuestFile(
            Path.GetFileName(path), kind, (uint)status.Uid, (uint)status.Gid, (uint)status.Mode, status.Size,
            (status.Modified - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
            kind == GuestFileKind.Symlink ? new FileInfo(path).LinkTarget : null);
    }

    private static FileStatus? TryStatus(string path)
    {
        try
        {
            return FileStatus.Of(path);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null;
        }
    }

    private static string Absolute(string path) => path.StartsWith('/')
        ? path
        : throw new GuestException(GuestErrorKind.BadRequest, $"The path \"{path}\" is not absolute.");
}
