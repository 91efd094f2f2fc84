using System.Globalization;

namespace Berth.Core.Images.Archives;

internal sealed partial class TarReader
{
    /// <summary>More parts than a sane file has; a map above this is an attack.</summary>
    private const int MaxSegments = 1 << 20;

    private async ValueTask<(long Size, IReadOnlyList<TarSegment> Segments)> ReadSparseAsync(char type, byte[] header, CancellationToken cancel)
    {
        if (type == 'S')
        {
            var numbers = await ReadOldGnuMapAsync(header, cancel);
            return Checked(TarHeader.Number(header.AsSpan(483, 12), "real size"), numbers);
        }

        if (_local.Integer("GNU.sparse.major") == 1)
        {
            return Checked(Required("GNU.sparse.realsize"), await ReadMapFromDataAsync(cancel));
        }

        if (_local.Text("GNU.sparse.map") is { } map)
        {
            return Checked(Required("GNU.sparse.size"), [.. map.Split(',').Select(ParseNumber)]);
        }

        return _local.SparseNumbers.Count > 0
            ? Checked(Required("GNU.sparse.size"), _local.SparseNumbers)
            : (_dataLeft, [new TarSegment(0, _dataLeft)]);
    }

    /// <summary>GNU's own type 'S': four pairs in the header, 21 in each extension block that follows it.</summary>
    private async ValueTask<List<long>> ReadOldGnuMapAsync(byte[] header, CancellationToken cancel)
    {
        var numbers = new List<long>();
        AddPairs(header.AsSpan(386, 4 * 24), numbers);
        var extended = header[482] != 0;
        var block = new byte[TarHeader.Size];
        while (extended)
        {
            await _input.ReadExactlyAsync(block, cancel);
            AddPairs(block.AsSpan(0, 21 * 24), numbers);
            extended = block[504] != 0;
        }

        return numbers;
    }

    private static void AddPairs(ReadOnlySpan<byte> fields, List<long> numbers)
    {
        for (; fields.Length > 0 && fields[0] != 0; fields = fields[24..])
        {
            Add(numbers, TarHeader.Number(fields[..12], "sparse offset"));
            Add(numbers, TarHeader.Number(fields[12..24], "sparse length"));
        }
    }

    /// <summary>pax version 1.0: the map is text in front of the data, filled up to a block.</summary>
    private async ValueTask<List<long>> ReadMapFromDataAsync(CancellationToken cancel)
    {
        var numbers = new List<long>();
        var line = "";
        long expected = 1;
        var block = new byte[TarHeader.Size];
        while (numbers.Count < expected)
        {
            await ReadBlockOfDataAsync(block, cancel);
            foreach (var c in block)
            {
                // Behind the last number the block is filled up.
                if (numbers.Count == expected)
                {
                    break;
                }

                if (c != '\n')
                {
                    line = line.Length < 20 ? line + (char)c : throw Broken();
                    continue;
                }

                Add(numbers, ParseNumber(line));
                expected = 1 + (2 * Math.Min(numbers[0], MaxSegments));
                line = "";
            }
        }

        numbers.RemoveAt(0);
        return numbers;
    }

    private async ValueTask ReadBlockOfDataAsync(byte[] block, CancellationToken cancel)
    {
        if (_dataLeft < block.Length)
        {
            throw Broken();
        }

        await _input.ReadExactlyAsync(block, cancel);
        _dataLeft -= block.Length;
    }

    /// <summary>A map must be in order, without overlap, inside the file, and cover exactly what is stored.</summary>
    private (long Size, IReadOnlyList<TarSegment> Segments) Checked(long size, List<long> numbers)
    {
        var segments = new List<TarSegment>(numbers.Count / 2);
        long end = 0;
        long stored = 0;
        for (var i = 0; i + 1 < numbers.Count; i += 2)
        {
            var (offset, length) = (numbers[i], numbers[i + 1]);
            if (offset < end || length < 0 || offset > size - length)
            {
                throw Broken();
            }

            segments.Add(new TarSegment(offset, length));
            end = offset + length;
            stored += length;
        }

        return numbers.Count % 2 == 0 && stored == _dataLeft && size >= 0 ? (size, segments) : throw Broken();
    }

    private long Required(string key) => _local.Integer(key) ?? throw Broken();

    private static void Add(List<long> numbers, long number)
    {
        if (numbers.Count > 2 * MaxSegments)
        {
            throw Broken();
        }

        numbers.Add(number);
    }

    private static long ParseNumber(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Broken();

    private static InvalidDataException Broken() => new("the archive has a sparse file with a broken map");
}
