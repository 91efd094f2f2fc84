using System.Buffers.Binary;
using System.Text;
using Berth.Core;
using Berth.Linux;

namespace Berth.Storage;

/// <summary>
/// The header of a qcow2 file (docs/interop/qcow2 of QEMU): read for an image's virtual size, written for a new disk, because
/// starting qemu-img costs more than everything else that a machine's creation does.
/// </summary>
internal static class Qcow2
{
    /// <summary>Granularity of a disk's virtual size.</summary>
    public const int SectorSize = 512;

    /// <summary>The mode of a disk: nobody reads it but the machine's own user.</summary>
    public const int OwnerOnly = 0x180;

    private const uint Magic = 0x514649fb;
    private const int HeaderLength = 104;
    private const int ClusterBits = 16;
    private const int ClusterSize = 1 << ClusterBits;
    private const uint BackingFormatExtension = 0xe2792aca;
    private const ulong ExternalDataFile = 1 << 2;

    /// <summary>Bytes that one entry of the L1 table reaches: an L2 table is one cluster of 8-byte entries.</summary>
    private const long BytesPerL1Entry = (long)ClusterSize * (ClusterSize / 8);

    /// <summary>The largest L1 table that QEMU opens (32 MiB) sets the largest disk.</summary>
    private const long LargestDisk = 32L * 1024 * 1024 / 8 * BytesPerL1Entry;

    /// <summary>Virtual size of an image's disk, in bytes.</summary>
    /// <exception cref="BerthException">BadRequest: no qcow2, or one that reads other files, which an image must not make QEMU do.</exception>
    public static long CheckImage(string path)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        header.Clear();
        using var file = File.OpenHandle(path);
        var length = RandomAccess.Read(file, header, 0);
        if (length < 72 || BinaryPrimitives.ReadUInt32BigEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32BigEndian(header[4..]) is var version && version is not (2 or 3))
        {
            throw BerthException.BadRequest("The image's disk is not a qcow2 file");
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(header[8..]) != 0)
        {
            throw BerthException.BadRequest("The image's disk has a backing file: flatten it first (qemu-img convert -O qcow2)");
        }

        if (version == 3 && (BinaryPrimitives.ReadUInt64BigEndian(header[72..]) & ExternalDataFile) != 0)
        {
            throw BerthException.BadRequest("The image's disk keeps its data in another file: flatten it first (qemu-img convert -O qcow2)");
        }

        return VirtualSize(header);
    }

    /// <summary>Virtual size of a disk that Berth made, in bytes.</summary>
    public static long ReadVirtualSize(string path)
    {
        Span<byte> header = stackalloc byte[32];
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite);
        return RandomAccess.Read(file, header, 0) == header.Length && BinaryPrimitives.ReadUInt32BigEndian(header) == Magic
            ? VirtualSize(header)
            : throw BerthException.Internal($"{path} is not a qcow2 file any more");
    }

    /// <summary>How the header of a disk that Berth made names the one that it lies on; null for none.</summary>
    public static string? ReadBacking(string path)
    {
        const int longest = 1023;
        Span<byte> header = stackalloc byte[32];
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.Read(file, header, 0) != header.Length || BinaryPrimitives.ReadUInt32BigEndian(header) != Magic)
        {
            throw BerthException.Internal($"{path} is not a qcow2 file any more");
        }

        var offset = BinaryPrimitives.ReadInt64BigEndian(header[8..]);
        if (offset == 0)
        {
            return null;
        }

        var name = new byte[Math.Min(BinaryPrimitives.ReadUInt32BigEndian(header[16..]), longest)];
        return RandomAccess.Read(file, name, offset) == name.Length
            ? Encoding.UTF8.GetString(name)
            : throw BerthException.Internal($"{path} ends inside its header");
    }

    /// <summary>Writes a new, empty disk: all that it does not hold is read from <paramref name="backing"/>, or is zero.</summary>
    /// <param name="size">Virtual size in bytes, a multiple of <see cref="SectorSize"/>.</param>
    /// <param name="backing">Path of a qcow2 file, absolute or beside the new one; null for none.</param>
    public static void Create(string path, long size, string? backing)
    {
        if (size > LargestDisk)
        {
            throw BerthException.BadRequest($"A disk of {size} bytes is larger than the {LargestDisk} bytes that a qcow2 file can have");
        }

        // Header, refcount table, refcount block, L1 table: one cluster each, but for the L1 table of a disk above 4 TiB.
        var l1Entries = (int)((size + BytesPerL1Entry - 1) / BytesPerL1Entry);
        var l1Clusters = Math.Max(1, (l1Entries * 8 + ClusterSize - 1) / ClusterSize);
        var header = Header(size, backing, l1Entries);
        var refcountTable = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(refcountTable, 2 * ClusterSize);
        var refcounts = new byte[(3 + l1Clusters) * 2];
        for (var i = 0; i < refcounts.Length; i += 2)
        {
            BinaryPrimitives.WriteUInt16BigEndian(refcounts.AsSpan(i), 1);
        }

        using var file = Fd.Open(path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, OwnerOnly);
        RandomAccess.SetLength(file, (3L + l1Clusters) * ClusterSize);
        RandomAccess.Write(file, header, 0);
        RandomAccess.Write(file, refcountTable, ClusterSize);
        RandomAccess.Write(file, refcounts, 2 * ClusterSize);
    }

    private static byte[] Header(long size, string? backing, int l1Entries)
    {
        var name = backing is null ? [] : Encoding.UTF8.GetBytes(backing);
        var extensions = backing is null ? 8 : 16 + 8;
        var header = new byte[HeaderLength + extensions + name.Length];
        var at = header.AsSpan();
        BinaryPrimitives.WriteUInt32BigEndian(at, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(at[4..], 3);
        BinaryPrimitives.WriteUInt64BigEndian(at[8..], backing is null ? 0 : (ulong)(HeaderLength + extensions));
        BinaryPrimitives.WriteUInt32BigEndian(at[16..], (uint)name.Length);
        BinaryPrimitives.WriteUInt32BigEndian(at[20..], ClusterBits);
        BinaryPrimitives.WriteUInt64BigEndian(at[24..], (ulong)size);
        BinaryPrimitives.WriteUInt32BigEndian(at[36..], (uint)l1Entries);
        BinaryPrimitives.WriteUInt64BigEndian(at[40..], 3 * ClusterSize);
        BinaryPrimitives.WriteUInt64BigEndian(at[48..], ClusterSize);
        BinaryPrimitives.WriteUInt32BigEndian(at[56..], 1);
        BinaryPrimitives.WriteUInt32BigEndian(at[96..], 4 /* refcounts of 16 bits */);
        BinaryPrimitives.WriteUInt32BigEndian(at[100..], HeaderLength);
        if (backing is not null)
        {
            BinaryPrimitives.WriteUInt32BigEndian(at[HeaderLength..], BackingFormatExtension);
            BinaryPrimitives.WriteUInt32BigEndian(at[(HeaderLength + 4)..], 5);
            "qcow2"u8.CopyTo(at[(HeaderLength + 8)..]);
            name.CopyTo(at[(HeaderLength + extensions)..]);
        }

        return header;
    }

    private static long VirtualSize(ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt64BigEndian(header[24..]) is var size && size <= (ulong)LargestDisk
            ? (long)size
            : throw BerthException.BadRequest($"A disk with a virtual size of {size} bytes cannot be used");
}
