using System.Text.Json.Nodes;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;

namespace Berth.Cli.Commands;

/// <summary>The body that makes a new pool, network, profile, volume or project: from standard input, overlaid with the command line.</summary>
internal static class CreateRequest
{
    public static JsonObject Build(string name, IEnumerable<string> keys, string? description)
    {
        var body = StandardInput.HoldsData ? YamlReader.ParseMap(StandardInput.ReadAll()) : [];
        body["name"] = name;
        if (description is not null)
        {
            body["description"] = description;
        }

        var config = Resource.Map(body, "config");
        Stringify.Values(config);
        foreach (var (key, value) in KeyValues.ParseAll(keys))
        {
            config[key] = value;
        }

        foreach (var (_, device) in body["devices"] as JsonObject ?? [])
        {
            Stringify.Values(device);
        }

        return body;
    }
}
