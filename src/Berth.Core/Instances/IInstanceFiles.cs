namespace Berth.Core.Instances;

public enum FileKind
{
    File,
    Directory,
    Symlink,
    Other,
}

/// <summary>A file in an instance; ids are the instance's own.</summary>
/// <param name="Mode">Permission bits (07777).</param>
/// <param name="Target">Target of a symlink.</param>
/// <param name="Size">Bytes.</param>
public sealed record FileEntry(string Name, FileKind Kind, uint Uid, uint Gid, uint Mode, long Size, DateTimeOffset Modified, string? Target = null);

/// <summary>Owner and permission bits to give; null leaves what is there, or takes the default for a new file (root, 0644/0755).</summary>
public sealed record FileOwnership(uint? Uid = null, uint? Gid = null, uint? Mode = null);

/// <summary>An instance's files. Paths are absolute inside it; no path, link or race leads out of it.</summary>
public interface IInstanceFiles
{
    /// <summary>The entry itself: a symlink is not followed.</summary>
    Task<FileEntry> StatAsync(string path, CancellationToken cancel);

    Task<IReadOnlyList<FileEntry>> ListAsync(string path, CancellationToken cancel);

    /// <summary>Regular files only; links are followed inside the instance.</summary>
    Task<Stream> OpenReadAsync(string path, CancellationToken cancel);

    Task WriteAsync(string path, Stream content, FileOwnership ownership, bool append, CancellationToken cancel);

    /// <summary>Makes one directory; the parent must exist. Succeeds when it is a directory already.</summary>
    Task CreateDirectoryAsync(string path, FileOwnership ownership, CancellationToken cancel);

    Task CreateSymlinkAsync(string path, string target, FileOwnership ownership, CancellationToken cancel);

    /// <summary>A file, or a directory: with <paramref name="recursive"/> also a full one.</summary>
    Task DeleteAsync(string path, bool recursive, CancellationToken cancel);

    /// <summary>Gets ready to serve SFTP to one client.</summary>
    /// <exception cref="BerthException">The files cannot be reached now.</exception>
    Task<ISftpSession> OpenSftpAsync(CancellationToken cancel);
}

/// <summary>An SFTP server for one client.</summary>
public interface ISftpSession : IAsyncDisposable
{
    /// <summary>Serves until the client ends the stream, or the instance stops.</summary>
    Task RunAsync(Stream client, CancellationToken cancel);
}

/// <summary>Files of a stopped instance: its root is held until disposed.</summary>
public interface IStoppedFiles : IInstanceFiles, IAsyncDisposable;
