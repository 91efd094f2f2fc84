using System.Buffers.Binary;
using System.Text;

namespace Berth.Sftp;

/// <summary>Takes the fields of a packet; what is cut off or too long is a bad message, not a crash.</summary>
internal ref struct SftpReader(ReadOnlySpan<byte> packet)
{
    private const int LongestPath = 4096;
    private ReadOnlySpan<byte> _rest = packet;

    public byte Byte() => Take(1)[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>A place in a file.</summary>
    public long Offset() => UInt64() is <= long.MaxValue and var offset
        ? (long)offset
        : throw new SftpException(SftpStatus.Failure, "the offset is beyond the end of every file");

    public ReadOnlySpan<byte> Bytes() => UInt32() is var length && length <= (uint)_rest.Length
        ? Take((int)length)
        : throw Cut();

    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>A path, absolute from the instance's root; a relative one starts there too.</summary>
    public string Path()
    {
        var bytes = Bytes();
        if (bytes.Length > LongestPath)
        {
            throw new SftpException(SftpStatus.Failure, $"the path is longer than {LongestPath} bytes");
        }

        return bytes.Contains((byte)0)
            ? throw new SftpException(SftpStatus.BadMessage, "the path contains a NUL byte")
            : "/" + Encoding.UTF8.GetString(bytes).TrimStart('/');
    }

    public SftpAttributes Attributes()
    {
        var has = UInt32();
        var attributes = new SftpAttributes
        {
            Size = (has & SftpAttributes.HasSize) != 0 ? Offset() : null,
        };
        if ((has & SftpAttributes.HasOwner) != 0)
        {
            attributes = attributes with { Uid = UInt32(), Gid = UInt32() };
        }

        if ((has & SftpAttributes.HasPermissions) != 0)
        {
            attributes = attributes with { Mode = (int)(UInt32() & 0xFFF) };
        }

        if ((has & SftpAttributes.HasTimes) != 0)
        {
            attributes = attributes with { Accessed = UInt32(), Modified = UInt32() };
        }

        for (var extended = (has & SftpAttributes.HasExtended) != 0 ? UInt32() : 0; extended > 0; extended--)
        {
            // Vendors' own attributes, in pairs of name and value: we have announced none.
            Bytes();
            Bytes();
        }

        return attributes;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Cut();
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static SftpException Cut() => new(SftpStatus.BadMessage, "the packet ends in the middle of a field");
}
