using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli;

/// <summary>Turns "not found" into the name that was meant, or the names that there are.</summary>
internal static class Suggestions
{
    private static readonly (string Prefix, string Noun)[] s_kinds =
    [
        (Paths.ImageAliases, "image"),
        (Paths.Images, "image"),
        (Paths.Instances, "instance"),
        (Paths.Pools, "storage pool"),
        (Paths.Networks, "network"),
        (Paths.Profiles, "profile"),
        (Paths.Projects, "project"),
        (Paths.Operations, "operation"),
    ];

    /// <summary>A better message for a thing that is not there; null where the server's own is as good.</summary>
    public static async Task<string?> ForAsync(ApiException error, BerthClient client, CancellationToken cancellation)
    {
        if (error.Code != 404)
        {
            return null;
        }

        foreach (var (prefix, noun) in s_kinds)
        {
            if (!error.Path.StartsWith(prefix + "/", StringComparison.Ordinal))
            {
                continue;
            }

            var name = Uri.UnescapeDataString(error.Path[(prefix.Length + 1)..].Split('/', '?')[0]);
            var names = await NamesAsync(client, noun, prefix, cancellation);
            return names.Contains(name) ? null : Missing(noun, name, names);
        }

        return null;
    }

    public static string Missing(string noun, string name, IReadOnlyCollection<string> names)
    {
        var text = $"no such {noun} {name}";
        if (Closest.To(name, names) is { } close)
        {
            return $"{text}; did you mean {close}?";
        }

        return names.Count switch
        {
            0 when noun == "image" => $"{text}; there is none yet. Build one: berth image build debian/12",
            0 => $"{text}; there is none",
            <= 12 => $"{text}; available: {string.Join(", ", names.Order(StringComparer.Ordinal))}",
            _ => $"{text}; there are {names.Count}, see: berth {noun.Replace("storage pool", "storage", StringComparison.Ordinal)} list",
        };
    }

    public static async Task<IReadOnlyCollection<string>> NamesAsync(BerthClient client, string noun, string path, CancellationToken cancellation)
    {
        if (noun == "image")
        {
            var aliases = await client.GetAsync(Paths.ImageAliases, BerthJson.Default.StringList, cancellation);
            return [.. aliases.Select(OfAlias)];
        }

        if (noun == "operation")
        {
            var byStatus = await client.GetAsync(path, BerthJson.Default.StringListMap, cancellation);
            return [.. byStatus.Values.SelectMany(list => list).Select(Names.OfPath)];
        }

        return [.. (await client.GetAsync(path, BerthJson.Default.StringList, cancellation)).Select(Names.OfPath)];
    }

    /// <summary>An alias may hold slashes, escaped or not: it is all that follows the collection's path.</summary>
    private static string OfAlias(string path) =>
        Uri.UnescapeDataString(path.Split('?')[0] is var bare && bare.StartsWith(Paths.ImageAliases, StringComparison.Ordinal)
            ? bare[(Paths.ImageAliases.Length + 1)..]
            : bare);
}
