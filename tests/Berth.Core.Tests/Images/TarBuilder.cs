using System.Text;

namespace Berth.Core.Tests.Images;

/// <summary>Writes tar archives byte by byte, hostile ones too: no check stands between a test and the archive that it wants.</summary>
internal sealed class TarBuilder : IDisposable
{
    private readonly MemoryStream _out = new();

    public TarBuilder File(string name, string content, int mode = 0x1a4, long uid = 0, long gid = 0) =>
        Entry('0', name, Encoding.UTF8.GetBytes(content), mode: mode, uid: uid, gid: gid);

    public TarBuilder Dir(string name, int mode = 0x1ed) => Entry('5', name, mode: mode);

    public TarBuilder Link(string name, string target) => Entry('2', name, link: target);

    public TarBuilder Hard(string name, string target) => Entry('1', name, link: target);

    public TarBuilder Pax(params (string Key, byte[] Value)[] records)
    {
        var data = new MemoryStream();
        foreach (var (key, value) in records)
        {
            var rest = Encoding.UTF8.GetByteCount(key) + value.Length + 3;
            var length = rest + rest.ToString().Length;
            length = rest + length.ToString().Length;
            data.Write(Encoding.UTF8.GetBytes($"{length} {key}="));
            data.Write(value);
            data.WriteByte((byte)'\n');
        }

        return Entry('x', "pax", data.ToArray());
    }

    public TarBuilder Pax(string key, string value) => Pax((key, Encoding.UTF8.GetBytes(value)));

    public TarBuilder Entry(
        char type, string name, byte[]? content = null, string link = "", int mode = 0x1a4, long uid = 0, long gid = 0, long? size = null)
    {
        content ??= [];
        var header = new byte[512];
        Put(header, 0, 100, name);
        Put(header, 100, 8, Convert.ToString(mode, 8).PadLeft(7, '0'));
        PutNumber(header, 108, 8, uid);
        PutNumber(header, 116, 8, gid);
        PutNumber(header, 124, 12, size ?? content.Length);
        Put(header, 136, 12, Convert.ToString(1_700_000_000, 8).PadLeft(11, '0'));
        header[156] = (byte)type;
        Put(header, 157, 100, link);
        Put(header, 257, 8, "ustar\000");
        return Raw(Sealed(header)).Raw(content).Raw(new byte[-content.Length & 511]);
    }

    public TarBuilder Raw(byte[] bytes)
    {
        _out.Write(bytes);
        return this;
    }

    public void Dispose() => _out.Dispose();

    public byte[] Build(bool end = true)
    {
        if (end)
        {
            _out.Write(new byte[1024]);
        }

        return _out.ToArray();
    }

    public static byte[] Sealed(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Put(header, 148, 8, Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        return header;
    }

    private static void PutNumber(byte[] header, int at, int length, long value)
    {
        if (value >= 0 && value < 1L << (3 * (length - 1)))
        {
            Put(header, at, length, Convert.ToString(value, 8).PadLeft(length - 1, '0'));
            return;
        }

        for (var i = length - 1; i >= 0; i--, value >>= 8)
        {
            header[at + i] = (byte)value;
        }

        header[at] |= 0x80;
    }

    private static void Put(byte[] header, int at, int length, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, length)).CopyTo(header.AsSpan(at));
    }
}
