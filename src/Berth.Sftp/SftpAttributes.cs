using Berth.Linux.Files;

namespace Berth.Sftp;

/// <summary>What a client sets on a file; null leaves what is there.</summary>
internal sealed record SftpAttributes
{
    public const uint HasSize = 1;
    public const uint HasOwner = 2;
    public const uint HasPermissions = 4;
    public const uint HasTimes = 8;
    public const uint HasExtended = 0x80000000;

    /// <summary>Bytes.</summary>
    public long? Size { get; init; }

    public uint? Uid { get; init; }

    public uint? Gid { get; init; }

    /// <summary>Permission bits, 07777.</summary>
    public int? Mode { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public uint? Accessed { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public uint? Modified { get; init; }

    /// <summary>Owner and mode, as they are given to what is made.</summary>
    public FileAttributeChange Ownership => new(Uid, Gid, Mode);
}
