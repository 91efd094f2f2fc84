using YamlDotNet.RepresentationModel;

namespace Berth.EndToEnd.Conformance;

/// <summary>The API's document, <c>shared/incus-api/rest-api.yaml</c> beside the checkout (OpenAPI 2.0).</summary>
internal sealed class ApiDocument
{
    private static readonly string[] Methods = ["get", "head", "put", "patch", "post", "delete"];
    private readonly YamlMappingNode _root;

    private ApiDocument(YamlMappingNode root) => _root = root;

    /// <exception cref="FileNotFoundException">It is not there: without it nothing can be said.</exception>
    public static ApiDocument Load()
    {
        using var text = new StreamReader(Find());
        var yaml = new YamlStream();
        yaml.Load(text);
        return new((YamlMappingNode)yaml.Documents[0].RootNode);
    }

    /// <summary>Every path with each of its methods, and the schema of its answer 200 (null where it has none).</summary>
    public IEnumerable<(string Method, string Path, YamlMappingNode? Schema)> Calls() =>
        from path in Map(_root, "paths")!.Children
        from call in ((YamlMappingNode)path.Value).Children
        where Methods.Contains(Text(call.Key))
        select (Text(call.Key).ToUpperInvariant(), Text(path.Key), Schema((YamlMappingNode)call.Value));

    public YamlMappingNode Definition(string reference) =>
        Map(Map(_root, "definitions")!, reference["#/definitions/".Length..]) ?? throw new KeyNotFoundException(reference);

    public static YamlMappingNode? Map(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value as YamlMappingNode : null;

    public static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? (value as YamlScalarNode)?.Value : null;

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static YamlMappingNode? Schema(YamlMappingNode call) =>
        Map(call, "responses") is { } responses && Map(responses, "200") is { } success ? Map(success, "schema") : null;

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var document = Path.Combine(directory.FullName, "shared/incus-api/rest-api.yaml");
            if (File.Exists(document))
            {
                return document;
            }
        }

        throw new FileNotFoundException($"shared/incus-api/rest-api.yaml is in no directory above {AppContext.BaseDirectory}: put the API's document beside the checkout");
    }
}
