using System.Text;

namespace Berth.Core.Images.Archives;

/// <summary>The 512-byte header of tar(5): v7, ustar and GNU.</summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    public const int Size = 512;

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private readonly ReadOnlySpan<byte> _block = block;

    public char Type => (char)_block[156];

    public string Name => Text(_block[..100]);

    public string LinkName => Text(_block[157..257]);

    /// <summary>ustar's prefix; GNU puts times and sparse maps there.</summary>
    public string Prefix => _block[257..263].SequenceEqual("ustar\0"u8) ? Text(_block[345..500]) : "";

    public long Mode => Number(_block[100..108], "mode");

    public long Uid => Number(_block[108..116], "uid");

    public long Gid => Number(_block[116..124], "gid");

    public long StoredSize => Number(_block[124..136], "size");

    public long ModifiedSeconds => Number(_block[136..148], "mtime");

    public bool IsZero => !_block.ContainsAnyExcept((byte)0);

    /// <summary>The checksum over the header with its own field as spaces; some old tars summed signed bytes.</summary>
    public bool ChecksumFits()
    {
        long unsignedSum = 0;
        long signedSum = 0;
        for (var i = 0; i < Size; i++)
        {
            var value = i is >= 148 and < 156 ? (byte)' ' : _block[i];
            unsignedSum += value;
            signedSum += (sbyte)value;
        }

        return TryNumber(_block[148..156], out var stored) && (stored == unsignedSum || stored == signedSum);
    }

    /// <summary>Text up to the first NUL.</summary>
    /// <exception cref="InvalidDataException">Not UTF-8.</exception>
    public static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        var bytes = end < 0 ? field : field[..end];
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException($"the name \"{Encoding.Latin1.GetString(bytes)}\" in the archive is not UTF-8");
        }
    }

    /// <summary>Octal digits, or GNU's base-256 where the first bit is set.</summary>
    public static long Number(ReadOnlySpan<byte> field, string name) =>
        TryNumber(field, out var value) ? value : throw new InvalidDataException($"the archive has a header with a broken {name} field");

    private static bool TryNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if ((field[0] & 0x80) != 0)
        {
            return TryBase256(field, out value);
        }

        var digits = field.Trim(" \0"u8);
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                return false;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return true;
    }

    private static bool TryBase256(ReadOnlySpan<byte> field, out long value)
    {
        // 0x80: positive, 0xff: negative (only old times are); everything above 63 bits is a lie.
        value = (field[0] & 0x40) != 0 ? -1 : field[0] & 0x3f;
        foreach (var digit in field[1..])
        {
            if (value > long.MaxValue >> 8 || value < long.MinValue >> 8)
            {
                return false;
            }

            value = (value << 8) | digit;
        }

        return true;
    }
}
