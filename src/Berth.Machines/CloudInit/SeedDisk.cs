using System.Buffers.Binary;
using System.Text;

namespace Berth.Machines.CloudInit;

/// <summary>
/// Writes the small disk from which cloud-init in a machine reads its seed: ISO 9660 (ECMA-119) with one directory and the label
/// <c>cidata</c>, which every Linux and Windows reads. Names are those of the files; readers fold their case.
/// </summary>
internal static class SeedDisk
{
    private const int Sector = 2048;
    private const int Descriptor = 16;
    private const int PathTable = 18;
    private const int Root = 20;
    private const int FirstFile = 21;
    private const string Label = "cidata";

    /// <param name="files">Few: their directory has one sector.</param>
    public static byte[] Write(IReadOnlyList<(string Name, byte[] Content)> files)
    {
        var sorted = files.OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        var sectors = FirstFile + sorted.Sum(file => SectorsOf(file.Content));
        var image = new byte[sectors * Sector];
        WriteDescriptor(image.AsSpan(Descriptor * Sector, Sector), sectors);
        WriteTerminator(image.AsSpan((Descriptor + 1) * Sector, Sector));
        WritePathTable(image.AsSpan(PathTable * Sector, Sector), bigEndian: false);
        WritePathTable(image.AsSpan((PathTable + 1) * Sector, Sector), bigEndian: true);

        var directory = image.AsSpan(Root * Sector, Sector);
        var offset = WriteRecord(directory, [0], Root, Sector, directory: true);
        offset += WriteRecord(directory[offset..], [1], Root, Sector, directory: true);
        var at = FirstFile;
        foreach (var (name, content) in sorted)
        {
            offset += WriteRecord(directory[offset..], Encoding.ASCII.GetBytes(name.ToUpperInvariant() + ";1"), at, content.Length, directory: false);
            content.CopyTo(image.AsSpan(at * Sector));
            at += SectorsOf(content);
        }

        return image;
    }

    private static int SectorsOf(byte[] content) => Math.Max(1, (content.Length + Sector - 1) / Sector);

    private static void WriteDescriptor(Span<byte> to, int sectors)
    {
        to[0] = 1;
        "CD001"u8.CopyTo(to[1..]);
        to[6] = 1;
        Text(to.Slice(8, 32), "LINUX");
        Text(to.Slice(40, 32), Label);
        Both(to[80..], sectors);
        Both16(to[120..], 1);
        Both16(to[124..], 1);
        Both16(to[128..], Sector);
        Both(to[132..], 10);
        BinaryPrimitives.WriteInt32LittleEndian(to[140..], PathTable);
        BinaryPrimitives.WriteInt32BigEndian(to[148..], PathTable + 1);
        WriteRecord(to[156..], [0], Root, Sector, directory: true);
        foreach (var (start, length) in ((int, int)[])[(190, 128), (318, 128), (446, 128), (574, 128), (702, 37), (739, 37), (776, 37)])
        {
            Text(to.Slice(start, length), "");
        }

        // No times: sixteen digits of zero and a zone mean "not specified".
        foreach (var time in (int[])[813, 830, 847, 864])
        {
            to.Slice(time, 16).Fill((byte)'0');
        }

        to[881] = 1;
    }

    private static void WriteTerminator(Span<byte> to)
    {
        to[0] = 255;
        "CD001"u8.CopyTo(to[1..]);
        to[6] = 1;
    }

    private static void WritePathTable(Span<byte> to, bool bigEndian)
    {
        to[0] = 1;
        if (bigEndian)
        {
            BinaryPrimitives.WriteInt32BigEndian(to[2..], Root);
            BinaryPrimitives.WriteInt16BigEndian(to[6..], 1);
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(to[2..], Root);
        BinaryPrimitives.WriteInt16LittleEndian(to[6..], 1);
    }

    private static int WriteRecord(Span<byte> to, ReadOnlySpan<byte> name, int sector, int length, bool directory)
    {
        var size = (33 + name.Length + 1) & ~1;
        to[0] = (byte)size;
        Both(to[2..], sector);
        Both(to[10..], length);

        // 1980-01-01: the same seed gives the same disk.
        to[18] = 80;
        to[19] = 1;
        to[20] = 1;
        to[25] = directory ? (byte)2 : (byte)0;
        Both16(to[28..], 1);
        to[32] = (byte)name.Length;
        name.CopyTo(to[33..]);
        return size;
    }

    private static void Text(Span<byte> to, string text)
    {
        to.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, to);
    }

    private static void Both(Span<byte> to, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, value);
        BinaryPrimitives.WriteInt32BigEndian(to[4..], value);
    }

    private static void Both16(Span<byte> to, short value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(to, value);
        BinaryPrimitives.WriteInt16BigEndian(to[2..], value);
    }
}
