using System.Globalization;

namespace Berth.Containers.Devices;

/// <summary>A network card that a container was started with: its monitor makes it again when the container reboots.</summary>
/// <param name="Type">As liblxc calls it: <c>veth</c>, <c>macvlan</c> or <c>phys</c>.</param>
/// <param name="Link">The interface that it is on, or is; empty: none.</param>
/// <param name="HostName">Of a veth, its end on the host; else empty.</param>
internal sealed record LxcNic(string Type, string Name, string Link, string HostName);

/// <summary>Reads the network cards in liblxc's configuration of a container.</summary>
internal static class LxcNics
{
    private const string Prefix = "lxc.net.";
    private const string Is = " = ";

    public static IReadOnlyList<LxcNic> Read(string config)
    {
        SortedDictionary<int, Dictionary<string, string>> cards = [];
        foreach (var line in File.ReadLines(config).Where(l => l.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var (dot, at) = (line.IndexOf('.', Prefix.Length), line.IndexOf(Is, StringComparison.Ordinal));
            if (dot > 0 && at > dot && int.TryParse(line.AsSpan(Prefix.Length, dot - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                cards.TryAdd(number, []);
                cards[number].TryAdd(line[(dot + 1)..at], line[(at + Is.Length)..]);
            }
        }

        return [.. cards.Values.Select(c => new LxcNic(Value(c, "type"), Value(c, "name"), Value(c, "link"), Value(c, "veth.pair")))];
    }

    private static string Value(Dictionary<string, string> card, string key) => card.GetValueOrDefault(key, "");
}
