using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Berth.Cli.Input;

/// <summary>YAML to JSON. Plain scalars become what YAML says that they are; everything quoted stays text.</summary>
internal static class YamlReader
{
    /// <exception cref="CliException">The text is no YAML, or holds more than one document.</exception>
    public static JsonNode? Parse(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new CliException($"not valid YAML, line {e.Start.Line}: {e.InnerException?.Message ?? e.Message}");
        }

        return stream.Documents.Count switch
        {
            0 => null,
            1 => Node(stream.Documents[0].RootNode),
            _ => throw new CliException("the YAML holds more than one document; give one"),
        };
    }

    /// <summary>A map, as every resource of the API is one. Empty text is an empty map.</summary>
    public static JsonObject ParseMap(string text) => Parse(text) switch
    {
        null => [],
        JsonObject map => map,
        _ => throw new CliException("the YAML must be a map of keys and values"),
    };

    private static JsonNode? Node(YamlNode node) => node switch
    {
        YamlMappingNode map => Map(map),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Node)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => throw new CliException($"line {node.Start.Line}: this kind of YAML is not understood"),
    };

    private static JsonObject Map(YamlMappingNode map)
    {
        var result = new JsonObject();
        foreach (var (key, value) in map.Children)
        {
            if (key is not YamlScalarNode { Value: { } name })
            {
                throw new CliException($"line {key.Start.Line}: a key must be text");
            }

            result[name] = Node(value);
        }

        return result;
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && number.ToString(CultureInfo.InvariantCulture) == text => JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }
}
