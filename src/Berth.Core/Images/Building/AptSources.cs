namespace Berth.Core.Images.Building;

/// <summary>Reads the host's apt sources: what is not understood in them is not used, and never an error here.</summary>
internal static class AptSources
{
    public static IReadOnlyList<AptSource> OfHost() => Read("/etc/apt");

    public static IReadOnlyList<AptSource> Read(string directory)
    {
        var sources = new List<AptSource>();
        var parts = Path.Combine(directory, "sources.list.d");
        var files = Directory.Exists(parts) ? Directory.EnumerateFiles(parts).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        foreach (var file in files.Prepend(Path.Combine(directory, "sources.list")).Where(File.Exists))
        {
            var text = File.ReadAllText(file);
            if (file.EndsWith(".sources", StringComparison.Ordinal))
            {
                sources.AddRange(ParseDeb822(text));
            }
            else if (file.EndsWith(".list", StringComparison.Ordinal))
            {
                sources.AddRange(ParseOneLine(text));
            }
        }

        return sources;
    }

    public static IEnumerable<AptSource> ParseOneLine(string text)
    {
        foreach (var line in text.Split('\n').Select(line => line.Split('#')[0].Trim()))
        {
            if (!line.StartsWith("deb ", StringComparison.Ordinal) && !line.StartsWith("deb\t", StringComparison.Ordinal))
            {
                continue;
            }

            var rest = line[3..].Trim();
            var options = "";
            if (rest.StartsWith('[') && rest.IndexOf(']', StringComparison.Ordinal) is > 0 and var end)
            {
                options = rest[1..end];
                rest = rest[(end + 1)..].Trim();
            }

            var words = Words(rest);
            if (words.Length >= 3)
            {
                yield return new AptSource
                {
                    Uri = words[0],
                    Suite = words[1],
                    Components = words[2..],
                    SignedBy = Option(options, "signed-by"),
                    Trusted = Option(options, "trusted") == "yes",
                };
            }
        }
    }

    public static IEnumerable<AptSource> ParseDeb822(string text)
    {
        foreach (var stanza in Stanzas(text))
        {
            if (!Words(stanza.GetValueOrDefault("types", "")).Contains("deb") || stanza.GetValueOrDefault("enabled", "yes") == "no")
            {
                continue;
            }

            foreach (var uri in Words(stanza.GetValueOrDefault("uris", "")))
            {
                foreach (var suite in Words(stanza.GetValueOrDefault("suites", "")))
                {
                    // A key may be written out in the entry instead of named by its path.
                    var key = stanza.GetValueOrDefault("signed-by", "").Trim();
                    yield return new AptSource
                    {
                        Uri = uri,
                        Suite = suite,
                        Components = Words(stanza.GetValueOrDefault("components", "")),
                        SignedBy = key.StartsWith('/') ? key : "",
                        Trusted = stanza.GetValueOrDefault("trusted", "no") == "yes",
                    };
                }
            }
        }
    }

    private static IEnumerable<Dictionary<string, string>> Stanzas(string text)
    {
        var stanza = new Dictionary<string, string>(StringComparer.Ordinal);
        var field = "";
        foreach (var line in text.Split('\n').Where(line => !line.StartsWith('#')).Append(""))
        {
            if (line.Trim().Length == 0)
            {
                if (stanza.Count > 0)
                {
                    yield return stanza;
                    stanza = new Dictionary<string, string>(StringComparer.Ordinal);
                }
            }
            else if (char.IsWhiteSpace(line[0]))
            {
                stanza[field] = $"{stanza.GetValueOrDefault(field)}\n{line.Trim()}";
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                field = line[..colon].Trim().ToLowerInvariant();
                stanza[field] = line[(colon + 1)..].Trim();
            }
        }
    }

    private static string Option(string options, string name) =>
        Words(options).Where(option => option.StartsWith(name + "=", StringComparison.OrdinalIgnoreCase))
            .Select(option => option[(name.Length + 1)..]).FirstOrDefault("");

    private static string[] Words(string text) => text.Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
