using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Berth.Linux.Files;

namespace Berth.Sftp;

/// <summary>Puts one answer together; the buffer is used again for the next.</summary>
internal sealed class SftpWriter
{
    private byte[] _buffer = new byte[64 << 10];
    private int _length;

    public ReadOnlyMemory<byte> Packet => _buffer.AsMemory(0, _length);

    public void Begin(SftpPacket type)
    {
        _length = 4;
        Byte((byte)type);
    }

    public void Begin(SftpPacket type, uint request)
    {
        Begin(type);
        UInt32(request);
    }

    /// <summary>The length goes before the packet.</summary>
    public void End() => BinaryPrimitives.WriteUInt32BigEndian(_buffer, (uint)(_length - 4));

    public void Byte(byte value) => Room(1)[0] = value;

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Room(4), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Room(8), value);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        UInt32((uint)value.Length);
        value.CopyTo(Room(value.Length));
    }

    public void Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public void Status(uint request, SftpStatus status, string message)
    {
        Begin(SftpPacket.Status, request);
        UInt32((uint)status);
        Text(message);
        Text("en");
    }

    /// <summary>Up to <paramref name="count"/> bytes of a file, read straight into the answer.</summary>
    /// <returns>Bytes read; 0 at the end of the file.</returns>
    public int Data(uint request, Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset, int count)
    {
        Begin(SftpPacket.Data, request);
        var at = _length;
        var read = RandomAccess.Read(file, Room(4 + count)[4..], offset);
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(at), (uint)read);
        _length = at + 4 + read;
        return read;
    }

    public void Attributes(FileStatus status)
    {
        UInt32(SftpAttributes.HasSize | SftpAttributes.HasOwner | SftpAttributes.HasPermissions | SftpAttributes.HasTimes);
        UInt64((ulong)status.Size);
        UInt32((uint)status.Uid);
        UInt32((uint)status.Gid);
        UInt32(((uint)status.Type << 12) | (uint)status.Mode);
        var modified = (uint)Math.Clamp(status.Modified.ToUnixTimeSeconds(), 0, uint.MaxValue);
        UInt32(modified);
        UInt32(modified);
    }

    /// <summary>An entry of a directory, with the line that a person may be shown.</summary>
    public void Name(string name, FileStatus status)
    {
        Text(name);
        Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{Kind(status.Type)}{Permissions(status.Mode)} {status.Links,4} {status.Uid,-8} {status.Gid,-8} {status.Size,8} {status.Modified:MMM d HH:mm} {name}"));
        Attributes(status);
    }

    private static char Kind(FileType type) => type switch
    {
        FileType.Directory => 'd',
        FileType.SymbolicLink => 'l',
        FileType.CharacterDevice => 'c',
        FileType.BlockDevice => 'b',
        FileType.Fifo => 'p',
        FileType.Socket => 's',
        _ => '-',
    };

    private static string Permissions(int mode) =>
        string.Create(9, mode, (text, bits) =>
        {
            for (var i = 0; i < 9; i++)
            {
                text[i] = (bits & (0x100 >> i)) != 0 ? "rwxrwxrwx"[i] : '-';
            }
        });

    private Span<byte> Room(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        }

        var room = _buffer.AsSpan(_length, count);
        _length += count;
        return room;
    }
}
