using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Http;

/// <summary>One request of the API and the ways to answer it. Answers have the envelope of the Incus API.</summary>
internal sealed class ApiRequest(HttpContext http)
{
    /// <summary>Largest JSON body, in bytes.</summary>
    private const int MaxBody = 4 << 20;

    /// <summary>
    /// How JSON is written. Go's time parser does not undo escapes, and the default encoder escapes the "+" of a time zone:
    /// the stock client would not understand any time.
    /// </summary>
    public static readonly JsonWriterOptions JsonOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public HttpContext Http { get; } = http;

    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>The project asked for; only "default" exists so far.</summary>
    public string Project
    {
        get
        {
            var project = Query("project");
            return project is "" or InstanceId.DefaultProject
                ? InstanceId.DefaultProject
                : throw BerthException.NotFound($"There is no project \"{project}\"; available: {InstanceId.DefaultProject}");
        }
    }

    /// <summary>How deep a listing goes: 0 names, 1 objects, 2 with state.</summary>
    public int Recursion =>
        Query("recursion") switch
        {
            "" => 0,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var depth) && depth <= 2 => depth,
            var text => throw BerthException.BadRequest($"Invalid recursion \"{text}\": give 0, 1 or 2"),
        };

    public string Query(string name) => Http.Request.Query[name].ToString();

    public bool QueryFlag(string name) => ConfigCatalogue.IsTrue(Query(name));

    public string Header(string name) => Http.Request.Headers[name].ToString();

    /// <summary>A part of the path, decoded.</summary>
    public string Route(string name) => Uri.UnescapeDataString((string)Http.Request.RouteValues[name]!);

    /// <exception cref="BerthException">BadRequest: no JSON, wrong types, too large.</exception>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type)
    {
        var body = await ReadBodyAsync();
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw BerthException.BadRequest("The body of the request is null; send a JSON object");
        }
        catch (JsonException e)
        {
            throw BerthException.BadRequest($"The body of the request is not what {Http.Request.Method} {Http.Request.Path} takes: {e.Message}");
        }
    }

    public async Task<ReadOnlyMemory<byte>> ReadBodyAsync()
    {
        if (Http.Request.ContentLength > MaxBody)
        {
            throw BerthException.BadRequest($"The body of the request has {Http.Request.ContentLength} bytes; the most is {MaxBody}");
        }

        var body = new MemoryStream();
        var buffer = new byte[16384];
        while (await Http.Request.Body.ReadAsync(buffer, Aborted) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBody)
            {
                throw BerthException.BadRequest($"The body of the request is longer than {MaxBody} bytes");
            }
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    public Task SyncAsync<T>(T metadata, JsonTypeInfo<T> type) =>
        WriteAsync(200, w => WriteEnvelope(w, "sync", "Success", 200, "", 0, "", () => JsonSerializer.Serialize(w, metadata, type)));

    /// <summary>Success without content.</summary>
    public Task EmptyAsync() => WriteAsync(200, w => WriteEnvelope(w, "sync", "Success", 200, "", 0, "", w.WriteEmptyObject));

    public Task CreatedAsync(string location)
    {
        Http.Response.Headers.Location = location;
        return WriteAsync(201, w => WriteEnvelope(w, "sync", "Success", 200, "", 0, "", w.WriteEmptyObject));
    }

    /// <summary>The operation goes on in the background; the client follows it.</summary>
    public Task AsyncAsync(Core.Operations.Operation operation)
    {
        var path = $"/1.0/operations/{operation.Id}";
        Http.Response.Headers.Location = path;
        return WriteAsync(202, w => WriteEnvelope(
            w, "async", "Operation created", 100, path, 0, "", () => JsonSerializer.Serialize(w, OperationMap.ToWire(operation.View), BerthJson.Default.Operation)));
    }

    /// <summary>Content that is not JSON.</summary>
    public async Task BytesAsync(ReadOnlyMemory<byte> content, string type = "application/octet-stream")
    {
        Http.Response.ContentType = type;
        Http.Response.ContentLength = content.Length;
        await Http.Response.Body.WriteAsync(content, Aborted);
    }

    public Task ErrorAsync(int status, string message) =>
        WriteAsync(status, w => WriteEnvelope(w, "error", "", 0, "", status, message, w.WriteNullValue));

    /// <summary>Names the content of an object, so that a client can change it only if nobody else did (<see cref="RequireMatch"/>).</summary>
    public ApiRequest WithETag<T>(T changeable, JsonTypeInfo<T> type)
    {
        Http.Response.Headers.ETag = ETag(changeable, type);
        return this;
    }

    /// <exception cref="BerthException">PreconditionFailed: the client's If-Match names an older content.</exception>
    public void RequireMatch<T>(T changeable, JsonTypeInfo<T> type)
    {
        var wanted = Header("If-Match");
        if (wanted.Length > 0 && wanted != "*" && wanted.Trim('"') != ETag(changeable, type))
        {
            throw new BerthException(ErrorKind.PreconditionFailed, "ETag doesn't match: it was changed by somebody else meanwhile; read it again");
        }
    }

    private static string ETag<T>(T changeable, JsonTypeInfo<T> type) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(changeable, type)));

    private static void WriteEnvelope(
        Utf8JsonWriter writer, string type, string status, int statusCode, string operation, int errorCode, string error, Action metadata)
    {
        writer.WriteStartObject();
        writer.WriteString("type", type);
        writer.WriteString("status", status);
        writer.WriteNumber("status_code", statusCode);
        writer.WriteString("operation", operation);
        writer.WriteNumber("error_code", errorCode);
        writer.WriteString("error", error);
        writer.WritePropertyName("metadata");
        metadata();
        writer.WriteEndObject();
    }

    private async Task WriteAsync(int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, JsonOptions))
        {
            write(writer);
        }

        Http.Response.StatusCode = status;
        Http.Response.ContentType = "application/json";
        Http.Response.ContentLength = buffer.WrittenCount;
        await Http.Response.Body.WriteAsync(buffer.WrittenMemory, Aborted);
    }
}

internal static class JsonWriterExtensions
{
    public static void WriteEmptyObject(this Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
