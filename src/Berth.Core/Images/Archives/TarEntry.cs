namespace Berth.Core.Images.Archives;

/// <summary>One member of a tar archive, as its headers state it: nothing in it has been checked.</summary>
internal sealed class TarEntry
{
    public required string Path { get; init; }

    public required TarEntryKind Kind { get; init; }

    /// <summary>Of links; else empty.</summary>
    public string LinkTarget { get; init; } = "";

    /// <summary>Permission bits with setuid, setgid and sticky.</summary>
    public int Mode { get; init; }

    public long Uid { get; init; }

    public long Gid { get; init; }

    /// <summary>Modification time, nanoseconds since 1970.</summary>
    public long ModifiedNs { get; init; }

    /// <summary>Bytes of the file when it is unpacked, holes included.</summary>
    public long Size { get; init; }

    /// <summary>Where the stored bytes go, in order. A file without holes has one segment.</summary>
    public IReadOnlyList<TarSegment> Segments { get; init; } = [];

    /// <summary>Extended attributes, name to value.</summary>
    public IReadOnlyDictionary<string, byte[]> Attributes { get; init; } = NoAttributes;

    private static readonly Dictionary<string, byte[]> NoAttributes = [];
}

/// <summary>A part of a file that is stored in the archive; what lies between two parts is a hole.</summary>
internal readonly record struct TarSegment(long Offset, long Length);
