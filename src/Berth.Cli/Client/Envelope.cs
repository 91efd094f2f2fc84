using System.Text.Json;

namespace Berth.Cli.Client;

/// <summary>Reads the envelope of the API: <c>{"type":"sync|async|error", …, "metadata": …}</c>.</summary>
internal static class Envelope
{
    public static ApiReply Read(ReadOnlyMemory<byte> body, string etag, string path, int status)
    {
        JsonElement root;
        try
        {
            root = JsonElement.Parse(body.Span);
        }
        catch (JsonException)
        {
            throw new ApiException(status, $"the server answered {path} with something that is not JSON (HTTP status {status})", path);
        }

        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("type", out var type))
        {
            throw new ApiException(status, $"the server answered {path} with something that is not of the API (HTTP status {status})", path);
        }

        if (type.ValueEquals("error"))
        {
            throw new ApiException(
                root.TryGetProperty("error_code", out var code) && code.TryGetInt32(out var number) ? number : status,
                root.TryGetProperty("error", out var error) ? error.GetString() ?? "" : "",
                path);
        }

        var metadata = root.TryGetProperty("metadata", out var value) ? value : default;
        var operation = type.ValueEquals("async") && root.TryGetProperty("operation", out var id) ? id.GetString() ?? "" : "";
        return new ApiReply(metadata, operation, etag);
    }
}
