namespace Berth.Cli.Output;

/// <summary>RFC 4180 with line feeds.</summary>
internal static class CsvWriter
{
    public static void Write(TextWriter output, IReadOnlyList<string> headers, IReadOnlyList<string[]> rows, bool withHeader)
    {
        if (withHeader)
        {
            Line(output, headers);
        }

        foreach (var row in rows)
        {
            Line(output, row);
        }
    }

    private static void Line(TextWriter output, IReadOnlyList<string> cells)
    {
        for (var i = 0; i < cells.Count; i++)
        {
            if (i > 0)
            {
                output.Write(',');
            }

            output.Write(Quoted(cells[i]));
        }

        output.Write('\n');
    }

    private static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny("\",\r\n") < 0 && !cell.StartsWith(' ')
            ? cell
            : string.Concat("\"", cell.Replace("\"", "\"\"", StringComparison.Ordinal), "\"");
}
