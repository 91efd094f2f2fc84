using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Berth.Api;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Projects;
using Berth.Daemon.Access;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Http;

/// <summary>One request of the API and the ways to answer it. Answers have the envelope of the Incus API.</summary>
internal sealed class ApiRequest(HttpContext http, Caller caller, RouteRule rule, ProjectService projects)
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

    public Caller Caller { get; } = caller;

    /// <summary>Who asks, for the events of what it brings about.</summary>
    public Requestor Requestor => new(Caller.Name, Caller.Method, Http.Connection.RemoteIpAddress is { } address ? Address(address) : "@");

    /// <summary>What the route is about.</summary>
    public RouteRule Rule { get; } = rule;

    /// <summary>The project that the query names, whether it exists or not.</summary>
    public string NamedProject => Query("project") is { Length: > 0 } project ? project : ProjectRecord.Default;

    /// <summary>The project that the query names.</summary>
    /// <exception cref="BerthException">NotFound.</exception>
    public string AskedProject => Caller.Sees(NamedProject) || !Caller.IsTrusted ? projects.Get(NamedProject).Name : throw Authoriser.Forbidden(Caller);

    /// <summary>
    /// The project whose things the request is about: the one asked for, or the default one where that has no images, profiles or
    /// custom volumes of its own and the path is about these.
    /// </summary>
    /// <exception cref="BerthException">NotFound.</exception>
    public string Project => Rule.Feature switch
    {
        null => AskedProject,
        ProjectFeature.Volumes when Http.Request.RouteValues["type"] is "image" => ProjectRecord.Default,
        ProjectFeature.Volumes when Http.Request.RouteValues["type"] is not "custom" => AskedProject,
        { } feature => projects.Effective(feature, AskedProject),
    };

    /// <summary>Every project is asked for (<c>all-projects</c>): of a restricted caller, those that it may see.</summary>
    /// <exception cref="BerthException">BadRequest: one project and all of them.</exception>
    public bool AllProjects => QueryFlag("all-projects")
        && (Query("project").Length == 0 ? true : throw BerthException.BadRequest("Give either all-projects or one project"));

    /// <summary>A listing of what the caller asks for and may see.</summary>
    /// <param name="list">Lists a project, or all of them (null).</param>
    /// <exception cref="BerthException">NotFound; BadRequest: one project and all of them.</exception>
    public IEnumerable<T> Listed<T>(Func<string?, IEnumerable<T>> list)
    {
        if (!AllProjects)
        {
            return Caller.IsTrusted && !Caller.Sees(NamedProject) ? [] : list(Project);
        }

        return Caller.IsFull
            ? list(null)
            : Caller.Projects!
                .Where(p => projects.Find(p) is not null)
                .Select(p => Rule.Feature is { } feature ? projects.Effective(feature, p) : p)
                .Distinct()
                .Order(StringComparer.Ordinal)
                .SelectMany(list);
    }

    /// <summary>Whose images, profiles, … the project asked for uses.</summary>
    public string ProjectOf(ProjectFeature feature) => ProjectOf(feature, AskedProject);

    public string ProjectOf(ProjectFeature feature, string project) => projects.Effective(feature, project);

    /// <summary>Of API paths, those of projects that the caller may see.</summary>
    public IReadOnlyList<string> Visible(IReadOnlyList<string> paths) => Caller.IsFull ? paths : [.. paths.Where(p => Caller.Sees(ApiPath.ProjectOf(p)))];

    /// <summary>Another project that the body names: it must exist, and be one that the caller may see.</summary>
    /// <exception cref="BerthException">Forbidden or NotFound.</exception>
    public string RequireProject(string name) => Caller.Sees(name) ? projects.Get(name).Name : throw Authoriser.Forbidden(Caller);

    /// <summary>How deep a listing goes: 0 names, 1 objects, 2 with state. What is no number is 0, as it is for Incus: clients rely on it.</summary>
    public int Recursion => int.TryParse(Query("recursion"), NumberStyles.None, CultureInfo.InvariantCulture, out var depth) ? Math.Min(depth, 2) : 0;

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

    /// <summary>Metadata that is JSON already.</summary>
    public Task SyncAsync(ReadOnlyMemory<byte> json) =>
        WriteAsync(200, w => WriteEnvelope(w, "sync", "Success", 200, "", 0, "", () => w.WriteRawValue(json.Span, skipInputValidation: true)));

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

    private static string Address(System.Net.IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

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
        using var buffer = new PooledBuffer(1024);
        using (var writer = new Utf8JsonWriter(buffer, JsonOptions))
        {
            write(writer);
        }

        Http.Response.StatusCode = status;
        Http.Response.ContentType = "application/json";
        Http.Response.ContentLength = buffer.Length;
        await Http.Response.Body.WriteAsync(buffer.Written, Aborted);
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
