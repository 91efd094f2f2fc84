using System.Globalization;
using Berth.Api;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/files</c>: works on running and stopped instances.</summary>
internal sealed class FileEndpoints(InstanceRegistry registry, InstanceFilesService files, EventHub events)
{
    /// <summary>Longest target of a symlink (PATH_MAX).</summary>
    private const int MaxTarget = 4096;

    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/instances/{name}/files", ReadAsync)
        .Head("/1.0/instances/{name}/files", StatAsync)
        .Post("/1.0/instances/{name}/files", WriteAsync)
        .Delete("/1.0/instances/{name}/files", DeleteAsync);

    private static string PathOf(ApiRequest request)
    {
        var path = request.Query("path");
        return path switch
        {
            "" => throw BerthException.BadRequest("Give the file's path: ?path=/etc/hostname"),
            { Length: > 4096 } => throw BerthException.BadRequest("The path is longer than 4096 characters"),
            _ when path.Contains('\0', StringComparison.Ordinal) => throw BerthException.BadRequest("A path cannot contain a NUL character"),
            _ => path[0] == '/' ? path : "/" + path,
        };
    }

    private Task WithFilesAsync(ApiRequest request, Func<IInstanceFiles, Task> work) =>
        files.UseAsync(registry.Get(request.Project, request.Route("name")), work, request.Aborted);

    private static void Describe(ApiRequest request, FileEntry entry)
    {
        var headers = request.Http.Response.Headers;
        headers["X-Incus-uid"] = entry.Uid.ToString(CultureInfo.InvariantCulture);
        headers["X-Incus-gid"] = entry.Gid.ToString(CultureInfo.InvariantCulture);
        headers["X-Incus-mode"] = "0" + Convert.ToString(entry.Mode, 8).PadLeft(3, '0');
        headers["X-Incus-modified"] = entry.Modified.ToString("O", CultureInfo.InvariantCulture);
        headers["X-Incus-type"] = entry.Kind switch
        {
            FileKind.Directory => "directory",
            FileKind.Symlink => "symlink",
            FileKind.File => "file",
            _ => throw BerthException.BadRequest($"\"{entry.Name}\" is neither a file, a directory nor a symlink"),
        };
    }

    private Task StatAsync(ApiRequest request) => WithFilesAsync(request, async use =>
    {
        var entry = await use.StatAsync(PathOf(request), request.Aborted);
        Describe(request, entry);
        request.Http.Response.ContentLength = entry.Kind == FileKind.File ? entry.Size : null;
    });

    private Task ReadAsync(ApiRequest request) => WithFilesAsync(request, async use =>
    {
        var path = PathOf(request);
        var entry = await use.StatAsync(path, request.Aborted);
        switch (entry.Kind)
        {
            case FileKind.Directory:
                var list = await use.ListAsync(path, request.Aborted);
                Describe(request, entry);
                await request.SyncAsync([.. list.Select(e => e.Name).Order(StringComparer.Ordinal)], BerthJson.Default.StringList);
                break;
            case FileKind.Symlink:
                Describe(request, entry);
                await SendAsync(request, new MemoryStream(System.Text.Encoding.UTF8.GetBytes((entry.Target ?? "") + "\n")));
                break;
            default:
                await using (var content = await use.OpenReadAsync(path, request.Aborted))
                {
                    Describe(request, entry);
                    await SendAsync(request, content);
                }

                break;
        }

        Announce(request, "instance-file-retrieved", path);
    });

    private void Announce(ApiRequest request, string action, string path)
    {
        var instance = registry.Get(request.Project, request.Route("name"));
        events.Lifecycle(action, instance.Id.Project, InstanceLifecycle.PathOf(instance), instance.Id.Name, ImageEvents.Context("path", path));
    }

    private static Task SendAsync(ApiRequest request, Stream content)
    {
        request.Http.Response.ContentType = "application/octet-stream";
        return content.CopyToAsync(request.Http.Response.Body, request.Aborted);
    }

    private Task WriteAsync(ApiRequest request) => WithFilesAsync(request, async use =>
    {
        var path = PathOf(request);
        var ownership = new FileOwnership(Id(request, "uid"), Id(request, "gid"), Mode(request));
        switch (request.Header("X-Incus-type"))
        {
            case "" or "file":
                await use.WriteAsync(path, request.Http.Request.Body, ownership, Append(request), request.Aborted);
                break;
            case "directory":
                await use.CreateDirectoryAsync(path, ownership, request.Aborted);
                break;
            case "symlink":
                await use.CreateSymlinkAsync(path, await ReadTargetAsync(request), ownership, request.Aborted);
                break;
            case var type:
                throw BerthException.BadRequest($"There is no file type \"{type}\"; available: file, directory, symlink");
        }

        Announce(request, "instance-file-pushed", path);
        await request.EmptyAsync();
    });

    private static bool Append(ApiRequest request) => request.Header("X-Incus-write") switch
    {
        "" or "overwrite" => false,
        "append" => true,
        var mode => throw BerthException.BadRequest($"There is no write mode \"{mode}\"; available: overwrite, append"),
    };

    private static async Task<string> ReadTargetAsync(ApiRequest request)
    {
        var target = System.Text.Encoding.UTF8.GetString((await request.ReadBodyAsync()).Span).TrimEnd('\n');
        return target.Length is > 0 and <= MaxTarget && !target.Contains('\0', StringComparison.Ordinal)
            ? target
            : throw BerthException.BadRequest($"The target of a symlink has 1 to {MaxTarget} characters and no NUL");
    }

    private Task DeleteAsync(ApiRequest request) => WithFilesAsync(request, async use =>
    {
        var path = PathOf(request);
        await use.DeleteAsync(path, request.QueryFlag("recursive") || ConfigCatalogue.IsTrue(request.Header("X-Incus-force")), request.Aborted);
        Announce(request, "instance-file-deleted", path);
        await request.EmptyAsync();
    });

    private static uint? Id(ApiRequest request, string what) => request.Header("X-Incus-" + what) switch
    {
        "" => null,
        var text when uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < ContainerRoot.IdCount => id,
        var text => throw BerthException.BadRequest($"Invalid {what} \"{text}\": give a number from 0 to {ContainerRoot.IdCount - 1}"),
    };

    private static uint? Mode(ApiRequest request)
    {
        var text = request.Header("X-Incus-mode");
        if (text.Length == 0)
        {
            return null;
        }

        var digits = text.StartsWith("0o", StringComparison.Ordinal) ? text[2..] : text;
        return digits.Length is > 0 and <= 6 && digits.All(c => c is >= '0' and <= '7') && Convert.ToUInt32(digits, 8) is var mode && mode <= 0xFFF
            ? mode
            : throw BerthException.BadRequest($"Invalid mode \"{text}\": give permission bits in octal, for example 0644");
    }
}
