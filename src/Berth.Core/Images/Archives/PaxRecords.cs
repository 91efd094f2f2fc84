using System.Buffers.Text;
using System.Text;

namespace Berth.Core.Images.Archives;

/// <summary>Records of a pax extended header: «LENGTH KEY=VALUE\n», values as bytes.</summary>
internal sealed class PaxRecords
{
    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    /// <summary>Sparse maps of version 0.0 come as repeated pairs, in order.</summary>
    public List<long> SparseNumbers { get; } = [];

    public IEnumerable<KeyValuePair<string, byte[]>> All => _values;

    public bool IsEmpty => _values.Count == 0;

    public void Clear()
    {
        _values.Clear();
        SparseNumbers.Clear();
    }

    public void Parse(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (!Utf8Parser.TryParse(data, out int length, out var digits)
                || length > data.Length || length < digits + 3 || data[digits] != ' ' || data[length - 1] != '\n')
            {
                throw new InvalidDataException("the archive has a broken pax header");
            }

            var record = data[(digits + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw new InvalidDataException("the archive has a pax header without a key");
            }

            Set(Encoding.UTF8.GetString(record[..equals]), record[(equals + 1)..].ToArray());
            data = data[length..];
        }
    }

    public bool Has(string key) => _values.ContainsKey(key);

    public string? Text(string key) => _values.TryGetValue(key, out var value) ? TarHeader.Text(value) : null;

    public long? Integer(string key)
    {
        if (!_values.TryGetValue(key, out var value))
        {
            return null;
        }

        return Utf8Parser.TryParse(value, out long number, out var used) && used == value.Length && number >= 0
            ? number
            : throw new InvalidDataException($"the archive has a pax header with a broken {key}");
    }

    /// <summary>Seconds with a fraction, as nanoseconds.</summary>
    public long? TimeNs(string key)
    {
        if (!_values.TryGetValue(key, out var value))
        {
            return null;
        }

        return Utf8Parser.TryParse(value, out decimal seconds, out var used) && used == value.Length && Math.Abs(seconds) < 9_000_000_000m
            ? (long)(seconds * 1_000_000_000m)
            : throw new InvalidDataException($"the archive has a pax header with a broken {key}");
    }

    private void Set(string key, byte[] value)
    {
        if (key is "GNU.sparse.offset" or "GNU.sparse.numbytes")
        {
            _values[key] = value;
            SparseNumbers.Add(Integer(key)!.Value);
        }
        else if (value.Length == 0)
        {
            // An empty value takes the key back (pax, «extended header keyword» rules).
            _values.Remove(key);
        }
        else
        {
            _values[key] = value;
        }
    }
}
