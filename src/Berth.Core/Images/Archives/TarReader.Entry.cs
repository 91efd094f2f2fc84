namespace Berth.Core.Images.Archives;

internal sealed partial class TarReader
{
    private const string XattrPrefix = "SCHILY.xattr.";

    private async ValueTask<TarEntry> ReadEntryAsync(CancellationToken cancel)
    {
        var type = new TarHeader(_block).Type;
        var stored = Integer("size") ?? new TarHeader(_block).StoredSize;
        var kind = KindOf(type, new TarHeader(_block).Name);

        // Only files have data; a size on anything else would hide entries from one reader that another one sees.
        if (stored < 0 || (kind != TarEntryKind.File && stored != 0 && type != 'D'))
        {
            throw new InvalidDataException($"the archive has an entry of type '{type}' with {stored} bytes of data");
        }

        var header = _block.AsSpan().ToArray();
        _dataLeft = stored;
        _padding = Padding(stored);
        var (size, segments) = kind == TarEntryKind.File ? await ReadSparseAsync(type, header, cancel) : (0, []);
        var entry = Describe(kind, new TarHeader(header), size, segments);
        _local.Clear();
        _longName = null;
        _longLink = null;
        return entry;
    }

    private TarEntry Describe(TarEntryKind kind, TarHeader header, long size, IReadOnlyList<TarSegment> segments)
    {
        var name = header.Prefix is { Length: > 0 } prefix ? $"{prefix}/{header.Name}" : header.Name;
        return new TarEntry
        {
            Path = Text("GNU.sparse.name") ?? Text("path") ?? _longName ?? name,
            Kind = kind,
            LinkTarget = kind is TarEntryKind.SymbolicLink or TarEntryKind.HardLink ? Text("linkpath") ?? _longLink ?? header.LinkName : "",
            Mode = (int)(header.Mode & 0xfff),
            Uid = Integer("uid") ?? header.Uid,
            Gid = Integer("gid") ?? header.Gid,
            ModifiedNs = _local.TimeNs("mtime") ?? _global.TimeNs("mtime") ?? NsOf(header.ModifiedSeconds),
            Size = size,
            Segments = segments,
            Attributes = Attributes(),
        };
    }

    private static TarEntryKind KindOf(char type, string name) => type switch
    {
        '0' or '\0' or '7' or 'S' => name.EndsWith('/') && type == '\0' ? TarEntryKind.Directory : TarEntryKind.File,
        '1' => TarEntryKind.HardLink,
        '2' => TarEntryKind.SymbolicLink,
        '3' => TarEntryKind.CharacterDevice,
        '4' => TarEntryKind.BlockDevice,
        '5' or 'D' => TarEntryKind.Directory,
        '6' => TarEntryKind.Fifo,
        'M' => throw new InvalidDataException($"{name} continues on another volume: multi-volume archives are not supported"),
        _ => throw new InvalidDataException($"{name} in the archive has the unknown type '{type}'"),
    };

    private static long NsOf(long seconds) => Math.Clamp(seconds, -9_000_000_000, 9_000_000_000) * 1_000_000_000;

    private Dictionary<string, byte[]> Attributes()
    {
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (key, value) in _global.All.Concat(_local.All))
        {
            if (key.StartsWith(XattrPrefix, StringComparison.Ordinal))
            {
                found[key[XattrPrefix.Length..]] = value;
            }
        }

        return found;
    }

    private string? Text(string key) => _local.Text(key) ?? _global.Text(key);

    private long? Integer(string key) => _local.Integer(key) ?? _global.Integer(key);
}
