using System.Text;

namespace Berth.Cli.Output;

/// <summary>Tables for people: bordered as the <c>incus</c> client draws them, or compact without lines.</summary>
internal static class TableWriter
{
    public static void Bordered(TextWriter output, IReadOnlyList<string> headers, IReadOnlyList<string[]> rows, bool withHeader = true)
    {
        var widths = Widths(headers, rows, withHeader);
        var rule = Rule(widths);
        output.WriteLine(rule);
        if (withHeader)
        {
            output.Write('|');
            for (var i = 0; i < widths.Length; i++)
            {
                var space = widths[i] - TextWidth.Of(headers[i]);
                output.Write(' ');
                output.Write(new string(' ', space / 2));
                output.Write(headers[i]);
                output.Write(new string(' ', space - (space / 2)));
                output.Write(" |");
            }

            output.WriteLine();
            output.WriteLine(rule);
        }

        foreach (var row in rows)
        {
            foreach (var line in Lines(row))
            {
                output.Write('|');
                for (var i = 0; i < widths.Length; i++)
                {
                    output.Write(' ');
                    Padded(output, line[i], widths[i]);
                    output.Write(" |");
                }

                output.WriteLine();
            }

            output.WriteLine(rule);
        }
    }

    public static void Compact(TextWriter output, IReadOnlyList<string> headers, IReadOnlyList<string[]> rows, bool withHeader = true)
    {
        var widths = Widths(headers, rows, withHeader);
        if (withHeader)
        {
            CompactLine(output, headers, widths);
        }

        foreach (var row in rows)
        {
            foreach (var line in Lines(row))
            {
                CompactLine(output, line, widths);
            }
        }
    }

    private static void CompactLine(TextWriter output, IReadOnlyList<string> cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var i = 0; i < widths.Length; i++)
        {
            line.Append("  ").Append(cells[i]).Append(' ', widths[i] - TextWidth.Of(cells[i]));
        }

        output.WriteLine(line.ToString().TrimEnd());
    }

    private static int[] Widths(IReadOnlyList<string> headers, IReadOnlyList<string[]> rows, bool withHeader)
    {
        var widths = new int[headers.Count];
        for (var i = 0; i < widths.Length; i++)
        {
            widths[i] = withHeader ? TextWidth.Of(headers[i]) : 0;
        }

        foreach (var row in rows)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                foreach (var line in row[i].AsSpan().EnumerateLines())
                {
                    widths[i] = Math.Max(widths[i], TextWidth.Of(line));
                }
            }
        }

        return widths;
    }

    private static string Rule(int[] widths)
    {
        var rule = new StringBuilder("+");
        foreach (var width in widths)
        {
            rule.Append('-', width + 2).Append('+');
        }

        return rule.ToString();
    }

    /// <summary>A cell of several lines makes a row of several lines.</summary>
    private static IEnumerable<string[]> Lines(string[] row)
    {
        if (!Array.Exists(row, cell => cell.Contains('\n', StringComparison.Ordinal)))
        {
            yield return row;
            yield break;
        }

        var cells = Array.ConvertAll(row, cell => cell.Split('\n'));
        for (var i = 0; i < cells.Max(cell => cell.Length); i++)
        {
            yield return Array.ConvertAll(cells, cell => i < cell.Length ? cell[i] : "");
        }
    }

    private static void Padded(TextWriter output, string text, int width)
    {
        output.Write(text);
        for (var i = TextWidth.Of(text); i < width; i++)
        {
            output.Write(' ');
        }
    }
}
