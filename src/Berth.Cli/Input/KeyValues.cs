namespace Berth.Cli.Input;

/// <summary><c>key=value</c> on the command line.</summary>
internal static class KeyValues
{
    /// <summary>Splits at the first <c>=</c>; the value may be empty and may hold more of them.</summary>
    public static KeyValuePair<string, string> Parse(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? new(text[..at], text[(at + 1)..])
            : throw CliException.Usage($"\"{text}\" is not of the form key=value");
    }

    /// <summary>A later key replaces an earlier one.</summary>
    public static Dictionary<string, string> ParseAll(IEnumerable<string> texts)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var (key, value) = Parse(text);
            map[key] = value;
        }

        return map;
    }

    /// <summary>
    /// What <c>config set</c> takes: <c>key=value …</c>, or one pair as two words. A value of <c>-</c> is read from standard input.
    /// </summary>
    public static Dictionary<string, string> ParseAssignments(IReadOnlyList<string> words, Func<string> standardInput)
    {
        var map = words is [var key, var value] && !key.Contains('=', StringComparison.Ordinal)
            ? new Dictionary<string, string>(StringComparer.Ordinal) { [key] = value }
            : ParseAll(words);
        foreach (var (name, text) in map)
        {
            if (text == "-")
            {
                map[name] = standardInput();
            }
        }

        return map;
    }

    /// <summary>Devices of <c>-d name,key=value[,key=value…]</c>; the same device may be given several times.</summary>
    public static Dictionary<string, Dictionary<string, string>> ParseDevices(IEnumerable<string> texts)
    {
        var devices = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var parts = text.Split(',');
            if (parts.Length < 2 || parts[0].Length == 0 || parts[0].Contains('=', StringComparison.Ordinal))
            {
                throw CliException.Usage($"\"{text}\" is not of the form device,key=value[,key=value…]");
            }

            if (!devices.TryGetValue(parts[0], out var device))
            {
                devices[parts[0]] = device = new Dictionary<string, string>(StringComparer.Ordinal);
            }

            foreach (var (key, value) in ParseAll(parts.Skip(1)))
            {
                device[key] = value;
            }
        }

        return devices;
    }
}
