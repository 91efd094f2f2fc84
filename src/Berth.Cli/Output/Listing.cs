using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.Cli.Output;

/// <summary>Prints a list in the format asked for: columns for people and csv, the server's own data for json and yaml.</summary>
internal static class Listing
{
    public static void Write<T>(
        TextWriter output, OutputFormat format, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> items, Func<IEnumerable<JsonElement>> raw)
    {
        switch (format.Kind)
        {
            case OutputKind.Json:
                output.Write('[');
                output.Write(string.Join(',', raw().Select(item => item.GetRawText())));
                output.WriteLine(']');
                return;
            case OutputKind.Yaml:
                YamlWriter.Write(output, new JsonArray([.. raw().Select(item => JsonNode.Parse(item.GetRawText()))]));
                return;
        }

        var headers = columns.Select(column => column.Header).ToArray();
        var rows = items.Select(item => columns.Select(column => column.Value(item)).ToArray()).ToArray();
        Action<TextWriter, IReadOnlyList<string>, IReadOnlyList<string[]>, bool> write = format.Kind switch
        {
            OutputKind.Csv => CsvWriter.Write,
            OutputKind.Compact => TableWriter.Compact,
            _ => TableWriter.Bordered,
        };
        write(output, headers, rows, format.Header);
    }

    /// <summary>The columns that <paramref name="letters"/> names, in that order; commas and blanks between letters are allowed.</summary>
    public static IReadOnlyList<Column<T>> Choose<T>(IReadOnlyList<Column<T>> known, string letters)
    {
        var chosen = new List<Column<T>>();
        foreach (var letter in letters)
        {
            if (letter is ',' or ' ')
            {
                continue;
            }

            chosen.Add(known.FirstOrDefault(column => column.Key == letter)
                ?? throw CliException.Usage(
                    $"unknown column '{letter}'; there are: {string.Join(", ", known.Select(c => $"{c.Key} ({c.Header.ToLowerInvariant()})"))}"));
        }

        return chosen.Count > 0 ? chosen : throw CliException.Usage("no column was chosen");
    }
}
