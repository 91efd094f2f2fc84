using System.Net;
using System.Text.RegularExpressions;
using Berth.Api;

namespace Berth.Cli.Commands.Instances;

/// <summary>The filters of <c>berth list</c>; an instance must pass all of them.</summary>
internal sealed class InstanceFilter
{
    private static readonly TimeSpan s_regexDeadline = TimeSpan.FromSeconds(1);
    private readonly List<Func<InstanceFull, bool>> _tests = [];

    /// <summary>A filter asks for addresses, which only the live state has.</summary>
    public bool NeedsState { get; private set; }

    public static InstanceFilter Parse(IEnumerable<string> words)
    {
        var filter = new InstanceFilter();
        foreach (var word in words)
        {
            // "berth list local:" names the server, as with incus.
            if (word != "local:")
            {
                filter._tests.Add(filter.Test(word));
            }
        }

        return filter;
    }

    public bool Matches(InstanceFull instance) => _tests.TrueForAll(test => test(instance));

    private Func<InstanceFull, bool> Test(string word)
    {
        var at = word.IndexOf('=', StringComparison.Ordinal);
        if (at < 0)
        {
            var pattern = Pattern($"^{word}");
            return i => i.Name.StartsWith(word, StringComparison.Ordinal) || (pattern?.IsMatch(i.Name) ?? false);
        }

        var key = word[..at];
        var values = word[(at + 1)..].Split(',');
        switch (key)
        {
            case "type":
                return i => values.Contains(i.Type, StringComparer.OrdinalIgnoreCase);
            case "status" or "state":
                return i => values.Contains(i.Status, StringComparer.OrdinalIgnoreCase);
            case "architecture":
                return i => values.Contains(i.Architecture, StringComparer.OrdinalIgnoreCase);
            case "location":
                return i => values.Contains(i.Location, StringComparer.Ordinal);
            case "name":
                return i => values.Contains(i.Name, StringComparer.Ordinal);
            case "ipv4" or "ipv6":
                NeedsState = true;
                return Address(key == "ipv4" ? "inet" : "inet6", values);
            default:
                return Config(key, word[(at + 1)..]);
        }
    }

    private static Func<InstanceFull, bool> Address(string family, string[] values)
    {
        var networks = Array.ConvertAll(values, value => IPNetwork.TryParse(value, out var network) ? network
            : IPAddress.TryParse(value, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw CliException.Usage($"\"{value}\" is no address and no network"));
        return i => i.State?.Network.Values.SelectMany(network => network.Addresses).Any(address =>
            address.Family == family && IPAddress.TryParse(address.Address, out var own) && Array.Exists(networks, n => n.Contains(own))) ?? false;
    }

    /// <summary>Parts of the key may be shortened: <c>u.role</c> is <c>user.role</c>.</summary>
    private static Func<InstanceFull, bool> Config(string key, string value)
    {
        var name = Pattern("^" + string.Join(@"[^.]*\.", key.Split('.').Select(Regex.Escape)) + "$");
        var pattern = Pattern($"^(?:{value})$");
        return i => (i.ExpandedConfig.Count > 0 ? i.ExpandedConfig : i.Config).Any(entry =>
            (entry.Key == key || (name?.IsMatch(entry.Key) ?? false))
            && (entry.Value == value || (pattern?.IsMatch(entry.Value) ?? false)));
    }

    private static Regex? Pattern(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant, s_regexDeadline);
        }
        catch (ArgumentException)
        {
            // Not a regular expression: the literal comparison beside it stands.
            return null;
        }
    }
}
