using System.Buffers;
using System.Text;
using System.Text.Json;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Instances;
using Berth.Core.Instances.CloudInit;
using Berth.Core.Profiles;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.GuestApi;

/// <summary>The guest API of Incus (doc/dev-incus): what an instance may ask about itself. Answers have no envelope.</summary>
internal sealed partial class GuestEndpoints(
    GuestPeers peers, ProfileService profiles, InstanceLifecycle lifecycle, ImageStore images, EventHub events, ILogger<GuestEndpoints> log)
{
    private const int MaxState = 4096;

    public void Map(IEndpointRouteBuilder routes)
    {
        Get(routes, "/", (http, _) => JsonAsync(http, writer => WriteList(writer, ["/1.0"])), open: true);
        Get(routes, "/1.0", (http, guest) => JsonAsync(http, writer => WriteSelf(writer, guest)), open: true);
        routes.MapMethods("/1.0", ["PATCH"], http => AnswerAsync(http, PatchAsync, open: false));
        Get(routes, "/1.0/config", (http, guest) => JsonAsync(http, writer => WriteList(
            writer, Config(guest).Keys.Where(GuestNews.IsVisible).Select(key => $"/1.0/config/{key}"))));
        Get(routes, "/1.0/config/{key}", ConfigAsync);
        Get(routes, "/1.0/devices", (http, guest) => JsonAsync(http, writer => WriteDevices(writer, guest)));
        Get(routes, "/1.0/meta-data", (http, guest) => TextAsync(http, Seed.MetaDataOf(guest.Record, profiles.Expand(guest.Record))));
        Get(routes, "/1.0/events", (http, guest) => new GuestFeed(events, guest.Id).RunAsync(http));
        Get(routes, "/1.0/images/{fingerprint}/export", ExportAsync);
        routes.Map("/{**path}", http => PlainAsync(http, StatusCodes.Status404NotFound, "404 page not found"));
    }

    private void Get(IEndpointRouteBuilder routes, string path, Func<HttpContext, Instance, Task> answer, bool open = false) =>
        routes.MapMethods(path, ["GET"], http => AnswerAsync(http, answer, open));

    /// <param name="open">Served even where the guest API is switched off, as Incus has it.</param>
    private async Task AnswerAsync(HttpContext http, Func<HttpContext, Instance, Task> answer, bool open)
    {
        try
        {
            if (peers.Find(http) is not var (guest, root))
            {
                await PlainAsync(http, StatusCodes.Status500InternalServerError, "pid not in container?");
            }
            else if (!root)
            {
                await PlainAsync(http, StatusCodes.Status401Unauthorized, "Access denied for non-root user");
            }
            else if (!open && ConfigCatalogue.IsFalse(Config(guest).GetValueOrDefault("security.guestapi")))
            {
                await PlainAsync(http, StatusCodes.Status403Forbidden, "not authorized");
            }
            else
            {
                await answer(http, guest);
            }
        }
        catch (BerthException e) when (!http.Response.HasStarted)
        {
            await PlainAsync(http, ErrorMap.ToStatus(e.Kind), e.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The guest has gone.
        }
        catch (Exception e)
        {
            LogFailed(e, http.Request.Path);
            if (!http.Response.HasStarted)
            {
                await PlainAsync(http, StatusCodes.Status500InternalServerError, "internal server error");
            }
        }
    }

    private System.Collections.Immutable.ImmutableSortedDictionary<string, string> Config(Instance guest) => profiles.Expand(guest.Record).Config;

    private Task ConfigAsync(HttpContext http, Instance guest)
    {
        var key = (string)http.Request.RouteValues["key"]!;
        return !GuestNews.IsVisible(key) ? PlainAsync(http, StatusCodes.Status403Forbidden, "not authorized")
            : Config(guest).TryGetValue(key, out var value) ? TextAsync(http, value)
            : PlainAsync(http, StatusCodes.Status404NotFound, "not found");
    }

    private async Task PatchAsync(HttpContext http, Instance guest)
    {
        var buffer = new byte[MaxState];
        var length = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, http.RequestAborted);
        var state = StateOf(buffer.AsMemory(0, length));
        if (state is not ("Ready" or "Started"))
        {
            throw BerthException.BadRequest($"Invalid state \"{state}\"");
        }

        await lifecycle.SetReadyAsync(guest, state == "Ready", http.RequestAborted);
        await TextAsync(http, "");
    }

    private static string StateOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("state", out var state)
                && state.ValueKind == JsonValueKind.String ? state.GetString()! : "";
        }
        catch (JsonException e)
        {
            throw BerthException.BadRequest(e.Message);
        }
    }

    private async Task ExportAsync(HttpContext http, Instance guest)
    {
        if (!ConfigCatalogue.IsTrue(Config(guest).GetValueOrDefault("security.guestapi.images")))
        {
            await PlainAsync(http, StatusCodes.Status403Forbidden, "not authorized");
            return;
        }

        var fingerprint = (string)http.Request.RouteValues["fingerprint"]!;
        var image = images.Get(guest.Id.Project, fingerprint);
        if (!image.Public && !image.Cached)
        {
            throw BerthException.NotFound($"Image \"{fingerprint}\" not found");
        }

        await ImageTransfer.SendAsync(http, images.OpenFiles(guest.Id.Project, image.Fingerprint));
    }

    private static void WriteSelf(Utf8JsonWriter writer, Instance guest)
    {
        writer.WriteStartObject();
        writer.WriteString("state", ConfigCatalogue.IsTrue(guest.Record.Config.GetValueOrDefault(VolatileKeys.Ready)) ? "Ready" : "Started");
        writer.WriteString("api_version", "1.0");
        writer.WriteString("instance_type", InstanceMap.TypeName(guest.Record.Kind));
        writer.WriteString("location", Environment.MachineName);
        writer.WriteEndObject();
    }

    private void WriteDevices(Utf8JsonWriter writer, Instance guest)
    {
        writer.WriteStartObject();
        foreach (var (name, device) in profiles.Expand(guest.Record).Devices)
        {
            writer.WriteStartObject(name);
            foreach (var (key, value) in device)
            {
                writer.WriteString(key, value);
            }

            // So that the guest knows the card by its address, whatever it calls it.
            if (device.GetValueOrDefault("type") == "nic" && !device.ContainsKey("hwaddr")
                && guest.Record.Config.TryGetValue($"volatile.{name}.hwaddr", out var mac))
            {
                writer.WriteString("hwaddr", mac);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, IEnumerable<string> values)
    {
        writer.WriteStartArray();
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static Task JsonAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, ApiRequest.JsonOptions))
        {
            write(writer);
        }

        return WriteAsync(http, "application/json", [.. buffer.WrittenSpan, (byte)'\n']);
    }

    private static Task TextAsync(HttpContext http, string text) => WriteAsync(http, "application/octet-stream", Encoding.UTF8.GetBytes(text));

    private static Task PlainAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return WriteAsync(http, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));
    }

    private static Task WriteAsync(HttpContext http, string type, byte[] body)
    {
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The guest API failed at {Path}")]
    private partial void LogFailed(Exception failure, PathString path);
}
