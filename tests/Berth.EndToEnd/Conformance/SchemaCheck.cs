using System.Text.Json;
using YamlDotNet.RepresentationModel;

namespace Berth.EndToEnd.Conformance;

/// <summary>Compares an answer with its schema: types, and names that the document does not know. A field may be left out.</summary>
internal sealed class SchemaCheck(ApiDocument document)
{
    /// <summary>What is wrong, each with the place in the answer.</summary>
    public IEnumerable<string> Problems(JsonElement value, YamlMappingNode schema, string place)
    {
        if (ApiDocument.Text(schema, "$ref") is { } reference)
        {
            // What there may be none of is a pointer in Incus, and null where there is none; the document cannot say so.
            return value.ValueKind == JsonValueKind.Null ? [] : Problems(value, document.Definition(reference), place);
        }

        return ApiDocument.Text(schema, "type") switch
        {
            "object" => Object(value, schema, place),
            "array" => Array(value, schema, place),
            "string" => Kind(value, place, JsonValueKind.String),
            "boolean" => Kind(value, place, JsonValueKind.True, JsonValueKind.False),
            "number" => Kind(value, place, JsonValueKind.Number),
            "integer" when value.ValueKind == JsonValueKind.Number && !value.TryGetInt64(out _) && !value.TryGetUInt64(out _) => [$"{place}: {value} is no whole number"],
            "integer" => Kind(value, place, JsonValueKind.Number),
            _ => [],
        };
    }

    private IEnumerable<string> Object(JsonElement value, YamlMappingNode schema, string place)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return Kind(value, place, JsonValueKind.Object);
        }

        var properties = ApiDocument.Map(schema, "properties");
        var others = ApiDocument.Map(schema, "additionalProperties");
        return value.EnumerateObject().SelectMany(p => (properties is null ? null : ApiDocument.Map(properties, p.Name)) is { } known
            ? Problems(p.Value, known, $"{place}.{p.Name}")
            : others is not null ? Problems(p.Value, others, $"{place}.{p.Name}")
            : properties is null ? []
            : [$"{place}.{p.Name}: the document has no such field"]);
    }

    private IEnumerable<string> Array(JsonElement value, YamlMappingNode schema, string place) =>
        value.ValueKind != JsonValueKind.Array
            ? Kind(value, place, JsonValueKind.Array)
            : ApiDocument.Map(schema, "items") is { } items ? value.EnumerateArray().SelectMany((v, i) => Problems(v, items, $"{place}[{i}]")) : [];

    private static IEnumerable<string> Kind(JsonElement value, string place, params JsonValueKind[] kinds) =>
        kinds.Contains(value.ValueKind) ? [] : [$"{place}: {value.ValueKind} instead of {kinds[0]}"];
}
