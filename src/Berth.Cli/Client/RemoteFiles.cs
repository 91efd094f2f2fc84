using System.Globalization;
using System.Net;
using System.Text.Json;
using Berth.Api;

namespace Berth.Cli.Client;

internal enum RemoteKind
{
    File,
    Directory,
    Symlink,
}

/// <summary>Kind, mode and owner of a file in an instance; -1 leaves an owner to the server.</summary>
internal sealed record RemoteInfo(RemoteKind Kind, UnixFileMode? Mode, long Uid = -1, long Gid = -1);

/// <summary>Files of an instance: <c>/1.0/instances/NAME/files</c>.</summary>
internal sealed class RemoteFiles(BerthClient client, string instance)
{
    private readonly string _path = Paths.Instance(instance) + "/files?path=";

    /// <summary>A file's or a symlink's content, or a directory's names, with what it is. The caller disposes the answer.</summary>
    public async Task<(HttpResponseMessage Response, RemoteInfo Info)> OpenAsync(string path, CancellationToken cancellation)
    {
        using var request = client.Request(HttpMethod.Get, _path + Uri.EscapeDataString(path));
        try
        {
            var response = await client.OpenAsync(request, cancellation);
            return (response, Info(response));
        }
        catch (ApiException e) when (e.Code == (int)HttpStatusCode.NotFound)
        {
            throw await MissingAsync(e, $"no such file {path} in {instance}", cancellation);
        }
    }

    /// <summary>What is at a path; null where nothing is.</summary>
    public async Task<RemoteInfo?> FindAsync(string path, CancellationToken cancellation)
    {
        using var request = client.Request(HttpMethod.Head, _path + Uri.EscapeDataString(path));
        try
        {
            using var response = await client.OpenAsync(request, cancellation);
            return Info(response);
        }
        catch (ApiException e) when (e.Code == (int)HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The names in a directory's answer.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(HttpResponseMessage directory, CancellationToken cancellation)
    {
        var body = await directory.Content.ReadAsByteArrayAsync(cancellation);
        return Envelope.Read(body, "", "files", 200).Metadata.Deserialize(BerthJson.Default.StringList) ?? [];
    }

    public async Task PutAsync(string path, RemoteInfo info, HttpContent? content, CancellationToken cancellation)
    {
        using var request = client.Request(HttpMethod.Post, _path + Uri.EscapeDataString(path), content ?? new ByteArrayContent([]));
        var headers = request.Headers;
        headers.TryAddWithoutValidation("X-Incus-type", info.Kind switch
        {
            RemoteKind.Directory => "directory",
            RemoteKind.Symlink => "symlink",
            _ => "file",
        });
        headers.TryAddWithoutValidation("X-Incus-write", "overwrite");
        if (info.Mode is { } mode)
        {
            headers.TryAddWithoutValidation("X-Incus-mode", "0" + Convert.ToString((int)mode, 8));
        }

        if (info.Uid >= 0)
        {
            headers.TryAddWithoutValidation("X-Incus-uid", info.Uid.ToString(CultureInfo.InvariantCulture));
        }

        if (info.Gid >= 0)
        {
            headers.TryAddWithoutValidation("X-Incus-gid", info.Gid.ToString(CultureInfo.InvariantCulture));
        }

        try
        {
            using var response = await client.OpenAsync(request, cancellation);
        }
        catch (ApiException e) when (e.Code == (int)HttpStatusCode.NotFound)
        {
            throw await MissingAsync(e, $"no directory {Parent(path)} in {instance} to put {path} into; make it with --create-dirs (-p)", cancellation);
        }
    }

    /// <summary>Makes a directory and those above it that are missing.</summary>
    public async Task MakeDirectoriesAsync(string path, RemoteInfo info, CancellationToken cancellation)
    {
        var missing = new Stack<string>();
        for (var at = path.TrimEnd('/'); at.Length > 0 && await FindAsync(at, cancellation) is null; at = Parent(at))
        {
            missing.Push(at);
        }

        while (missing.TryPop(out var directory))
        {
            await PutAsync(directory, info, null, cancellation);
        }
    }

    public async Task DeleteAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await client.DeleteAsync(_path + Uri.EscapeDataString(path), cancellation);
        }
        catch (ApiException e) when (e.Code == (int)HttpStatusCode.NotFound)
        {
            throw await MissingAsync(e, $"no such file {path} in {instance}", cancellation);
        }
    }

    /// <summary>Deletes a directory with all that is in it.</summary>
    public async Task DeleteTreeAsync(string path, CancellationToken cancellation)
    {
        var (response, info) = await OpenAsync(path, cancellation);
        using (response)
        {
            if (info.Kind == RemoteKind.Directory)
            {
                foreach (var name in await NamesAsync(response, cancellation))
                {
                    await DeleteTreeAsync(Join(path, name), cancellation);
                }
            }
        }

        await DeleteAsync(path, cancellation);
    }

    public static string Join(string directory, string name) => directory.TrimEnd('/') + "/" + name;

    public static string Parent(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    /// <summary>The server says "not found" of the file and of the instance alike.</summary>
    private async Task<Exception> MissingAsync(ApiException error, string message, CancellationToken cancellation)
    {
        var names = await client.GetAsync(Paths.Instances, BerthJson.Default.StringList, cancellation);
        return names.Any(path => Input.Names.OfPath(path) == instance) ? new CliException(message) : error;
    }

    private static RemoteInfo Info(HttpResponseMessage response) => new(
        BerthClient.Header(response, "X-Incus-type") switch
        {
            "directory" => RemoteKind.Directory,
            "symlink" => RemoteKind.Symlink,
            _ => RemoteKind.File,
        },
        BerthClient.Header(response, "X-Incus-mode") is { Length: > 0 } mode ? (UnixFileMode)Convert.ToInt32(mode, 8) : null,
        long.TryParse(BerthClient.Header(response, "X-Incus-uid"), CultureInfo.InvariantCulture, out var uid) ? uid : -1,
        long.TryParse(BerthClient.Header(response, "X-Incus-gid"), CultureInfo.InvariantCulture, out var gid) ? gid : -1);
}
