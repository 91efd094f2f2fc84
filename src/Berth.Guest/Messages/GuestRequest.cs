using System.Text.Json.Serialization;

namespace Berth.Guest.Messages;

/// <summary>What the host asks of the guest; one channel each.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(PingRequest), "ping")]
[JsonDerivedType(typeof(ExecRequest), "exec")]
[JsonDerivedType(typeof(StatRequest), "stat")]
[JsonDerivedType(typeof(ListRequest), "list")]
[JsonDerivedType(typeof(ReadFileRequest), "read")]
[JsonDerivedType(typeof(WriteFileRequest), "write")]
[JsonDerivedType(typeof(MakeDirectoryRequest), "mkdir")]
[JsonDerivedType(typeof(MakeSymlinkRequest), "symlink")]
[JsonDerivedType(typeof(DeleteRequest), "delete")]
[JsonDerivedType(typeof(SetAttributesRequest), "attributes")]
[JsonDerivedType(typeof(SftpRequest), "sftp")]
[JsonDerivedType(typeof(StateRequest), "state")]
[JsonDerivedType(typeof(ShutdownRequest), "shutdown")]
[JsonDerivedType(typeof(SetClockRequest), "clock")]
[JsonDerivedType(typeof(GuestApiRequest), "guest-api")]
public abstract record GuestRequest;

public sealed record PingRequest : GuestRequest;

/// <summary>Runs a program. Stream 0 is its stdin, 1 its stdout (with a terminal: everything), 2 its stderr.</summary>
public sealed record ExecRequest : GuestRequest
{
    public required string[] Command { get; init; }

    /// <summary>Added to HOME, USER, PATH, TERM and LANG, which the agent sets as a login would.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>Null: the user's home where it exists, else /.</summary>
    public string? WorkingDirectory { get; init; }

    public TerminalSize? Terminal { get; init; }
}

public sealed record TerminalSize(int Columns, int Rows);

/// <summary>Result: <see cref="GuestFile"/> of the entry itself (a symlink is not followed), as JSON on stream 1.</summary>
public sealed record StatRequest(string Path) : GuestRequest;

/// <summary>Result: array of <see cref="GuestFile"/>, as JSON on stream 1.</summary>
public sealed record ListRequest(string Path) : GuestRequest;

/// <summary>The content of a regular file follows on stream 1.</summary>
public sealed record ReadFileRequest(string Path) : GuestRequest;

/// <summary>
/// The content follows on stream 0. Without <paramref name="Append"/> the file is replaced as a whole when the content
/// has ended; a broken transfer leaves the old one.
/// </summary>
public sealed record WriteFileRequest(string Path, uint? Uid, uint? Gid, uint? Mode, bool Append) : GuestRequest;

/// <summary>Makes one directory; nothing happens when it is one already.</summary>
public sealed record MakeDirectoryRequest(string Path, uint? Uid, uint? Gid, uint? Mode) : GuestRequest;

public sealed record MakeSymlinkRequest(string Path, string Target, uint? Uid, uint? Gid) : GuestRequest;

public sealed record DeleteRequest(string Path, bool Recursive) : GuestRequest;

/// <summary>Null leaves what is there. A symlink's owner is its own; its mode cannot be changed.</summary>
public sealed record SetAttributesRequest(string Path, uint? Uid, uint? Gid, uint? Mode) : GuestRequest;

/// <summary>The guest's files over SFTP version 3: stream 0 is what the client says, stream 1 what it is answered.</summary>
public sealed record SftpRequest : GuestRequest;

/// <summary>Result: <see cref="GuestState"/>, as JSON on stream 1.</summary>
public sealed record StateRequest : GuestRequest;

/// <summary>
/// Waits until a program inside connects to the guest API's socket, says <see cref="StartedControl"/>, and carries the connection: stream 1
/// is what the program says, stream 0 what it is told. Known to agents with the feature <see cref="Welcome.GuestApi"/>.
/// </summary>
public sealed record GuestApiRequest : GuestRequest;

/// <summary>Powers off, or reboots. Done means that the init has been asked.</summary>
public sealed record ShutdownRequest(bool Reboot) : GuestRequest;

/// <summary>Sets the guest's clock: after a pause it stands still where nobody corrects it.</summary>
/// <param name="UnixMicroseconds">Time since 1970-01-01 UTC.</param>
public sealed record SetClockRequest(long UnixMicroseconds) : GuestRequest;
