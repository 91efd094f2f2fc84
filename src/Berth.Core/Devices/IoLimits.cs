using System.Globalization;
using Berth.Core.Resources;

namespace Berth.Core.Devices;

/// <summary>Ceilings of a disk's traffic, per second; null: none.</summary>
/// <param name="ReadBytes">Bytes read.</param>
/// <param name="WriteBytes">Bytes written.</param>
/// <param name="ReadOps">Requests to read.</param>
/// <param name="WriteOps">Requests to write.</param>
public sealed record IoLimits(long? ReadBytes, long? WriteBytes, long? ReadOps, long? WriteOps)
{
    private const string OpsSuffix = "iops";

    public static readonly IoLimits None = new(null, null, null, null);

    public bool IsNone => this == None;

    /// <summary>Reads <c>limits.read</c>, <c>limits.write</c> and <c>limits.max</c>, which stands for both.</summary>
    /// <exception cref="BerthException">BadRequest that names the device and the key.</exception>
    public static IoLimits Of(string device, IReadOnlyDictionary<string, string> config)
    {
        var (max, maxOps) = Parse(device, "limits.max", config);
        var (read, readOps) = Parse(device, "limits.read", config);
        var (write, writeOps) = Parse(device, "limits.write", config);
        return new(read ?? max, write ?? max, readOps ?? maxOps, writeOps ?? maxOps);
    }

    /// <summary>What devices on one disk have together, as in Incus: the mean of those that have a limit, for each kind of limit by itself.</summary>
    public static IoLimits Mean(IReadOnlyList<IoLimits> limits) => new(
        Mean(limits.Select(l => l.ReadBytes)), Mean(limits.Select(l => l.WriteBytes)), Mean(limits.Select(l => l.ReadOps)), Mean(limits.Select(l => l.WriteOps)));

    private static long? Mean(IEnumerable<long?> limits)
    {
        var set = limits.OfType<long>().ToList();
        return set.Count == 0 ? null : (long)(set.Aggregate(Int128.Zero, (sum, limit) => sum + limit) / set.Count);
    }

    private static (long? Bytes, long? Ops) Parse(string device, string key, IReadOnlyDictionary<string, string> config)
    {
        long? bytes = null;
        long? ops = null;
        foreach (var word in config.GetValueOrDefault(key, "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var isOps = word.EndsWith(OpsSuffix, StringComparison.Ordinal);
            if ((isOps ? ops : bytes) is not null)
            {
                throw Wrong(device, key, $"\"{word}\" is a second limit of the same kind");
            }

            if (!isOps)
            {
                bytes = Positive(device, key, word, ByteSize.Parse($"device \"{device}\" {key}", word));
            }
            else if (long.TryParse(word[..^OpsSuffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                ops = Positive(device, key, word, number);
            }
            else
            {
                throw Wrong(device, key, $"\"{word}\" is no number of requests per second; give for example 500iops");
            }
        }

        return (bytes, ops);
    }

    private static long Positive(string device, string key, string word, long value) =>
        value > 0 ? value : throw Wrong(device, key, $"\"{word}\" would stop all traffic; give more than 0, or leave the key out");

    private static BerthException Wrong(string device, string key, string reason) =>
        BerthException.BadRequest($"Device \"{device}\": {key}: {reason}");
}
