namespace Berth.Core.Images.Archives;

/// <summary>A compression format, told by a file's first bytes and never by its name.</summary>
/// <param name="Name">As it is stored and shown.</param>
/// <param name="Command">Command that decompresses stdin to stdout; empty where .NET does it or nothing is to be done.</param>
internal sealed record Compression(string Name, IReadOnlyList<string> Command)
{
    /// <summary>First bytes that are enough to tell every format.</summary>
    public const int MagicLength = 16;

    public static readonly Compression None = new("none", []);
    public static readonly Compression Gzip = new("gzip", []);
    public static readonly Compression Bzip2 = new("bzip2", ["bzip2", "-dc"]);
    public static readonly Compression Xz = new("xz", ["xz", "-dc", "--memlimit-decompress=1GiB"]);
    public static readonly Compression Lzma = new("lzma", ["xz", "--format=lzma", "-dc", "--memlimit-decompress=1GiB"]);
    public static readonly Compression Zstd = new("zstd", ["zstd", "-dcq", "--memory=1024MB"]);
    public static readonly Compression Lz4 = new("lz4", ["lz4", "-dcq"]);
    public static readonly Compression Lzip = new("lzip", ["lzip", "-dc"]);

    private static readonly Compression[] All = [None, Gzip, Bzip2, Xz, Lzma, Zstd, Lz4, Lzip];

    public static Compression Named(string name) => All.First(compression => compression.Name == name);

    /// <summary>What the first bytes say; <see cref="None"/> for everything unknown.</summary>
    public static Compression Detect(ReadOnlySpan<byte> start)
    {
        if (Starts(start, 0x1f, 0x8b, 8))
        {
            return Gzip;
        }

        if (start.StartsWith("BZh"u8) && start.Length > 3 && start[3] is >= (byte)'1' and <= (byte)'9')
        {
            return Bzip2;
        }

        if (Starts(start, 0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0))
        {
            return Xz;
        }

        if (Starts(start, 0x28, 0xb5, 0x2f, 0xfd))
        {
            return Zstd;
        }

        if (Starts(start, 0x04, 0x22, 0x4d, 0x18) || Starts(start, 0x02, 0x21, 0x4c, 0x18))
        {
            return Lz4;
        }

        if (start.StartsWith("LZIP"u8))
        {
            return Lzip;
        }

        return IsLzma(start) ? Lzma : None;
    }

    private static bool Starts(ReadOnlySpan<byte> start, params ReadOnlySpan<byte> magic) => start.StartsWith(magic);

    /// <summary>lzma has no magic: properties 0x5d, a dictionary that is a power of two, and a size that is unknown or below 256 GiB.</summary>
    private static bool IsLzma(ReadOnlySpan<byte> start)
    {
        if (start.Length < 13 || start[0] != 0x5d)
        {
            return false;
        }

        var dictionary = BitConverter.ToUInt32(start[1..5]);
        var size = BitConverter.ToUInt64(start[5..13]);
        return System.Numerics.BitOperations.IsPow2(dictionary) && dictionary >= 1 << 12 && (size == ulong.MaxValue || size < 1UL << 38);
    }
}
