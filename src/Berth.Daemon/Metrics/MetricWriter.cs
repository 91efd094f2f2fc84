using System.Globalization;
using System.Text;

namespace Berth.Daemon.Metrics;

/// <summary>Collects samples by metric and writes them as OpenMetrics text (openmetrics.io, 1.0.0).</summary>
internal sealed class MetricWriter
{
    private readonly Dictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>A value that only grows; its name ends in <c>_total</c>.</summary>
    public void Counter(string name, string help, string labels, double value) => Add(name, "counter", help, labels, value);

    public void Gauge(string name, string help, string labels, double value) => Add(name, "gauge", help, labels, value);

    /// <summary>Labels in the form of the text format; values may hold anything.</summary>
    public static string Labels(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"");
            foreach (var c in value)
            {
                _ = c switch
                {
                    '\\' => text.Append("\\\\"),
                    '"' => text.Append("\\\""),
                    '\n' => text.Append("\\n"),
                    _ => text.Append(c),
                };
            }

            text.Append('"');
        }

        return text.ToString();
    }

    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        foreach (var (name, family) in _families.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            text.Append("# HELP ").Append(name).Append(' ').Append(family.Help).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n');
            text.Append(family.Samples);
        }

        return Encoding.UTF8.GetBytes(text.Append("# EOF\n").ToString());
    }

    private void Add(string name, string type, string help, string labels, double value)
    {
        if (!_families.TryGetValue(name, out var family))
        {
            _families[name] = family = new(type, help, new());
        }

        family.Samples.Append(name);
        if (labels.Length > 0)
        {
            family.Samples.Append('{').Append(labels).Append('}');
        }

        family.Samples.Append(' ').Append(CultureInfo.InvariantCulture, $"{value}").Append('\n');
    }

    private sealed record Family(string Type, string Help, StringBuilder Samples);
}
