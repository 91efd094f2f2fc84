using System.Globalization;

namespace Berth.Bench;

internal static class Table
{
    private const int NameWidth = 34;
    private const int Width = 12;

    public static void Print(string title, IEnumerable<Figure> figures)
    {
        Console.WriteLine();
        Console.WriteLine(title);
        Console.WriteLine(Row("", "Berth", "target", "", "Incus", "ratio"));
        foreach (var figure in figures)
        {
            Console.WriteLine(Row(
                $"{figure.Name} ({figure.Unit})",
                Number(figure.Own),
                figure.Target is { } target ? "<= " + Number(target) : "",
                figure.Target is null || figure.Own is null ? "" : figure.Own <= figure.Target ? "met" : "MISSED",
                Number(figure.Peer),
                figure is { Own: > 0, Peer: { } peer } ? (peer / figure.Own.Value).ToString("0.0x", CultureInfo.InvariantCulture) : ""));
        }
    }

    private static string Row(string name, params string[] cells) =>
        (name.PadRight(NameWidth) + string.Concat(cells.Select(c => c.PadLeft(Width)))).TrimEnd();

    private static string Number(double? value) => value switch
    {
        null => "-",
        < 10 => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0", CultureInfo.InvariantCulture),
    };
}
