namespace Berth.Core.Images.Archives;

/// <summary>What an image may unpack to. Beyond that it is a bomb, or there is no room for it.</summary>
internal sealed record TreeLimits
{
    /// <summary>Ids of a container are 0 … 65535; a file of another owner could not be shown in it.</summary>
    public const int MaxId = 65535;

    public const int MaxDepth = 128;
    public const int MaxNameBytes = 255;
    public const int MaxPathBytes = 4095;

    /// <summary>A file's size with holes; ext4 and btrfs could hold more, no system image does.</summary>
    public const long MaxFileSize = 1L << 40;

    /// <summary>No system image is larger, whatever room there is.</summary>
    private const long AbsoluteBytes = 256L << 30;

    /// <summary>Room that unpacking leaves for everybody else.</summary>
    private const long Reserve = 256L << 20;

    public required long MaxBytes { get; init; }

    public int MaxEntries { get; init; } = 4_000_000;

    /// <summary>Limits for unpacking below a directory: a twentieth of what is free there, and the reserve, stay free.</summary>
    public static TreeLimits For(string directory)
    {
        var free = DiskRoom.Free(directory);
        return new TreeLimits { MaxBytes = Math.Clamp(free - Math.Max(Reserve, free / 20), 0, AbsoluteBytes) };
    }

    /// <summary>Limits for unpacking a backup, which may be as large as the room for it.</summary>
    /// <param name="size">What the volume may hold; null: as much as is free, but for the reserve.</param>
    public static TreeLimits ForBackup(string directory, long? size)
    {
        var free = DiskRoom.Free(directory);
        return new TreeLimits { MaxBytes = size is { } most ? Math.Min(free, most) : Math.Max(free - Math.Max(Reserve, free / 20), 0) };
    }

    /// <summary>
    /// Limits for looking at an image that is not unpacked now: nobody knows yet which pool it is for. Real images shrink to a tenth, a
    /// bomb to a thousandth.
    /// </summary>
    public static TreeLimits ForScan(long fileBytes) =>
        new() { MaxBytes = Math.Min(AbsoluteBytes, (1L << 30) + (500 * Math.Min(fileBytes, AbsoluteBytes))) };
}
