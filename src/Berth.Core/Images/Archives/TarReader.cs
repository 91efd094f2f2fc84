namespace Berth.Core.Images.Archives;

/// <summary>
/// Reads tar archives one entry after the other: v7, ustar, GNU (long names, base-256, sparse) and pax (with binary attribute
/// values, which the framework's reader turns into text and thereby breaks). It checks form, not intent: see <see cref="ArchiveGuard"/>.
/// </summary>
internal sealed partial class TarReader(Stream source) : IDisposable
{
    /// <summary>A long name or pax header above this is an attack.</summary>
    private const int MaxMetaSize = 1 << 20;

    private readonly TarInput _input = new(source);
    private readonly byte[] _block = new byte[TarHeader.Size];
    private readonly PaxRecords _global = new();
    private readonly PaxRecords _local = new();
    private string? _longName;
    private string? _longLink;
    private long _dataLeft;
    private long _padding;

    /// <summary>The next entry; null at the end of the archive. What is left of the entry before is skipped.</summary>
    /// <exception cref="InvalidDataException">Truncated, damaged, or no tar at all.</exception>
    public async ValueTask<TarEntry?> NextAsync(CancellationToken cancel)
    {
        await SkipDataAsync(cancel);
        while (true)
        {
            if (!await ReadHeaderAsync(cancel))
            {
                return null;
            }

            var size = new TarHeader(_block).StoredSize;
            switch (new TarHeader(_block).Type)
            {
                case 'x' or 'X':
                    _local.Parse(await ReadMetaAsync(size, cancel));
                    break;
                case 'g':
                    _global.Parse(await ReadMetaAsync(size, cancel));
                    break;
                case 'L':
                    _longName = TarHeader.Text(await ReadMetaAsync(size, cancel));
                    break;
                case 'K':
                    _longLink = TarHeader.Text(await ReadMetaAsync(size, cancel));
                    break;
                case 'V':
                    await ReadMetaAsync(size, cancel);
                    break;
                default:
                    return await ReadEntryAsync(cancel);
            }
        }
    }

    /// <summary>Reads the stored bytes of the entry that <see cref="NextAsync"/> returned last.</summary>
    /// <returns>0 when the entry has no more.</returns>
    public async ValueTask<int> ReadDataAsync(Memory<byte> into, CancellationToken cancel)
    {
        if (_dataLeft == 0)
        {
            return 0;
        }

        var want = into[..(int)Math.Min(into.Length, _dataLeft)];
        var n = await _input.ReadAsync(want, cancel);
        if (n == 0)
        {
            await _input.SkipAsync(1, cancel);
        }

        _dataLeft -= n;
        return n;
    }

    public void Dispose() => _input.Dispose();

    private async ValueTask SkipDataAsync(CancellationToken cancel)
    {
        await _input.SkipAsync(_dataLeft + _padding, cancel);
        _dataLeft = 0;
        _padding = 0;
    }

    /// <summary>False at the end mark. An archive without one was cut off between two entries.</summary>
    private async ValueTask<bool> ReadHeaderAsync(CancellationToken cancel)
    {
        var at = _input.Position;
        if (await _input.ReadAsync(_block, cancel) is var first && first == 0)
        {
            throw new InvalidDataException(at == 0 ? "the file is empty" : "the archive is truncated: its end mark is missing");
        }

        await _input.ReadExactlyAsync(_block.AsMemory(first), cancel);
        if (new TarHeader(_block).IsZero)
        {
            return at == 0 ? throw new InvalidDataException("the file is no tar archive") : false;
        }

        return new TarHeader(_block).ChecksumFits()
            ? true
            : throw new InvalidDataException(at == 0 ? "the file is no tar archive" : $"the archive is damaged: no valid header at byte {at}");
    }

    private async ValueTask<byte[]> ReadMetaAsync(long size, CancellationToken cancel)
    {
        if (size is < 0 or > MaxMetaSize)
        {
            throw new InvalidDataException($"the archive has an extended header of {size} bytes; at most {MaxMetaSize} are accepted");
        }

        var data = new byte[size];
        await _input.ReadExactlyAsync(data, cancel);
        await _input.SkipAsync(Padding(size), cancel);
        return data;
    }

    private static long Padding(long size) => -size & (TarHeader.Size - 1);
}
