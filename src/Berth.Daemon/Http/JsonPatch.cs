using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Berth.Core;

namespace Berth.Daemon.Http;

/// <summary>PATCH as the Incus API has it: fields that the body names replace; maps (<c>config</c>, <c>devices</c>, …) are merged key by key.</summary>
internal static class JsonPatch
{
    public static async Task<T> ReadAsync<T>(ApiRequest request, T present, JsonTypeInfo<T> type)
    {
        var body = await request.ReadBodyAsync();
        try
        {
            if (JsonNode.Parse(body.Span) is not JsonObject patch)
            {
                throw BerthException.BadRequest("Send a JSON object with the fields to change");
            }

            var merged = JsonSerializer.SerializeToNode(present, type)!.AsObject();
            Merge(merged, patch);
            return merged.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw BerthException.BadRequest($"The body of the request is not what PATCH {request.Http.Request.Path} takes: {e.Message}");
        }
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is JsonObject map && target[key] is JsonObject present)
            {
                foreach (var (inner, setting) in map)
                {
                    present[inner] = setting?.DeepClone();
                }
            }
            else
            {
                target[key] = value?.DeepClone();
            }
        }
    }
}
