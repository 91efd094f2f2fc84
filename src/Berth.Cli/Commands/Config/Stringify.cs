using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.Cli.Commands.Config;

/// <summary>Configuration values are text in the API; YAML written by hand has numbers and booleans in their place.</summary>
internal static class Stringify
{
    /// <summary>Turns the scalar values of a map into text, in place; what is null goes.</summary>
    public static void Values(JsonNode? node)
    {
        if (node is not JsonObject map)
        {
            return;
        }

        foreach (var key in map.Select(entry => entry.Key).ToArray())
        {
            switch (map[key])
            {
                case null:
                    map.Remove(key);
                    break;
                case JsonValue value when value.GetValueKind() != JsonValueKind.String:
                    map[key] = value.ToJsonString();
                    break;
            }
        }
    }
}
