namespace Berth.Sftp;

/// <summary>Packet types of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 3).</summary>
internal enum SftpPacket : byte
{
    Init = 1,
    Version = 2,
    Open = 3,
    Close = 4,
    Read = 5,
    Write = 6,
    LStat = 7,
    FStat = 8,
    SetStat = 9,
    FSetStat = 10,
    OpenDirectory = 11,
    ReadDirectory = 12,
    Remove = 13,
    MakeDirectory = 14,
    RemoveDirectory = 15,
    RealPath = 16,
    Stat = 17,
    Rename = 18,
    ReadLink = 19,
    SymbolicLink = 20,
    Status = 101,
    Handle = 102,
    Data = 103,
    Name = 104,
    Attributes = 105,
    Extended = 200,
    ExtendedReply = 201,
}

/// <summary>How a request ended (section 7).</summary>
internal enum SftpStatus
{
    Ok = 0,
    EndOfFile = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    Unsupported = 8,
}

/// <summary>How a file is opened (section 6.3).</summary>
[Flags]
internal enum SftpOpen
{
    Read = 1,
    Write = 2,
    Append = 4,
    Create = 8,
    Truncate = 16,
    Exclusive = 32,
}

/// <summary>A request cannot be served; the session goes on.</summary>
internal sealed class SftpException(SftpStatus status, string message) : Exception(message)
{
    public SftpStatus Status { get; } = status;
}
