using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Berth.Core.Operations;

namespace Berth.Daemon.Mapping;

/// <summary>Operations on the wire.</summary>
internal static class OperationMap
{
    public static Api.Operation ToWire(OperationView view) => new()
    {
        Id = view.Id.ToString(),
        Class = view.Class switch
        {
            OperationClass.Websocket => "websocket",
            OperationClass.Token => "token",
            _ => "task",
        },
        Description = view.Description,
        CreatedAt = view.CreatedAt,
        UpdatedAt = view.UpdatedAt,
        Status = view.Status.ToString(),
        StatusCode = (Api.StatusCode)(int)view.Status,
        Resources = view.Resources.ToDictionary(r => r.Key, r => (IReadOnlyList<string>)r.Value),
        Metadata = view.Metadata.IsEmpty ? null : ToJson(view.Metadata),
        MayCancel = view.MayCancel,
        Err = view.Error,
        Location = "none",
    };

    private static JsonObject ToJson(IEnumerable<KeyValuePair<string, object>> metadata)
    {
        var json = new JsonObject();
        foreach (var (key, value) in metadata)
        {
            json[key] = ToJson(value);
        }

        return json;
    }

    private static JsonNode ToJson(object value) => value switch
    {
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        JsonNode node => node.DeepClone(),
        ImmutableArray<string> list => new JsonArray([.. list.Select(t => (JsonNode)JsonValue.Create(t))]),
        IEnumerable<KeyValuePair<string, object>> map => ToJson(map),
        IEnumerable<KeyValuePair<string, string>> map => new JsonObject(map.Select(m => new KeyValuePair<string, JsonNode?>(m.Key, JsonValue.Create(m.Value)))),
        _ => throw new ArgumentException($"An operation's metadata cannot hold a {value.GetType().Name}", nameof(value)),
    };
}
