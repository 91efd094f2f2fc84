using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Images;

/// <summary><c>berth image import</c>.</summary>
internal static class ImageImportCommand
{
    private static readonly byte[] s_qcow2Magic = [(byte)'Q', (byte)'F', (byte)'I', 0xfb];

    public static Command Build()
    {
        var words = new Argument<string[]>("file")
        {
            Description = "The image; or its metadata and its root file system or disk; or a URL. Then key=value properties",
            Arity = ArgumentArity.OneOrMore,
        };
        var aliases = CommonOptions.Many("Alias of the image", "alias", "--alias");
        var isPublic = new Option<bool>("--public") { Description = "Anybody may read the image" };
        var reuse = new Option<bool>("--reuse") { Description = "Move an alias that is there already to the new image" };
        return new BerthCommand("import", "Import an image")
        {
            Examples =
            [
                "berth image import rootfs.tar.xz --alias mine              # a root tarball, or an image of incus",
                "berth image import incus.tar.xz rootfs.squashfs --alias mine",
                "berth image import incus.tar.xz disk.qcow2 --alias vm",
                "berth image import rootfs.tar.gz os=debian release=12",
            ],
        }.With(words, aliases, isPublic, reuse).Runs(async (session, result, cancellation) =>
        {
            var all = result.GetValue(words)!.Where(word => word != "local:").ToArray();
            var files = all.Where(word => !IsProperty(word)).ToArray();
            var properties = KeyValues.ParseAll(all.Where(IsProperty));
            var names = result.GetValue(aliases)!;
            var moved = result.GetValue(reuse) ? names : [];

            // An alias that is new comes with the image: an import that is cut short leaves no image without one.
            var about = new About(properties, result.GetValue(isPublic), result.GetValue(reuse) ? [] : names);
            await RefuseTakenAsync(session, about.Aliases, cancellation);
            var reply = files switch
            {
                [var url] when url.StartsWith("https://", StringComparison.Ordinal) || url.StartsWith("http://", StringComparison.Ordinal) =>
                    await session.Client.PostAsync(Paths.Images, FromUrl(url, about), cancellation),
                [var one] => await UploadAsync(session, one, null, about, cancellation),
                [var metadata, var root] => await UploadAsync(session, metadata, root, about, cancellation),
                _ => throw CliException.Usage("give one file, or the metadata and the root file system"),
            };
            var operation = await session.WaitAsync(reply, "Importing the image", cancellation);
            var fingerprint = operation.Metadata?["fingerprint"]?.GetValue<string>() ?? throw new CliException("the server did not say which image it made");
            foreach (var alias in moved)
            {
                await ImageAliasCommands.PointAsync(session, alias, fingerprint, "", cancellation);
            }

            session.Say($"Image imported with fingerprint: {fingerprint}");
        });
    }

    /// <summary>What the image is to have beside its files.</summary>
    private sealed record About(Dictionary<string, string> Properties, bool IsPublic, string[] Aliases);

    private static bool IsProperty(string word) => word.Contains('=', StringComparison.Ordinal) && !word.Contains('/', StringComparison.Ordinal) && !File.Exists(word);

    private static JsonObject FromUrl(string url, About about) => new()
    {
        ["source"] = new JsonObject { ["type"] = "url", ["mode"] = "pull", ["url"] = url },
        ["properties"] = new JsonObject(about.Properties.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
        ["aliases"] = new JsonArray([.. about.Aliases.Select(name => new JsonObject { ["name"] = name })]),
        ["public"] = about.IsPublic,
    };

    private static async Task<ApiReply> UploadAsync(
        Session session, string file, string? root, About about, CancellationToken cancellation)
    {
        var progress = session.NewProgress();
        await using var first = Open(file);
        await using var second = root is null ? null : Open(root);
        using HttpContent content = second is null
            ? Whole(first, progress)
            : Split(first, file, second, root!, progress);
        using var request = session.Client.Request(HttpMethod.Post, Paths.Images, content);
        request.Headers.TryAddWithoutValidation("X-Incus-public", about.IsPublic ? "1" : "0");
        request.Headers.TryAddWithoutValidation("X-Incus-filename", Uri.EscapeDataString(Path.GetFileName(file)));
        AddQuery(request, "X-Incus-properties", about.Properties);
        AddQuery(request, "X-Incus-aliases", about.Aliases.Select(name => KeyValuePair.Create("alias", name)));
        using var response = await session.Client.OpenAsync(request, cancellation);
        progress.Clear();
        return Envelope.Read(await response.Content.ReadAsByteArrayAsync(cancellation), "", Paths.Images, (int)response.StatusCode);
    }

    private static void AddQuery(HttpRequestMessage request, string header, IEnumerable<KeyValuePair<string, string>> values)
    {
        var query = string.Join('&', values.Select(v => $"{Uri.EscapeDataString(v.Key)}={Uri.EscapeDataString(v.Value)}"));
        if (query.Length > 0)
        {
            request.Headers.TryAddWithoutValidation(header, query);
        }
    }

    private static ProgressContent Whole(FileStream file, ProgressLine progress)
    {
        var content = new ProgressContent(file, "Uploading", progress);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private static MultipartFormDataContent Split(FileStream metadata, string metadataName, FileStream root, string rootName, ProgressLine progress)
    {
        var part = IsDisk(root) ? "rootfs.img" : "rootfs";
        return new MultipartFormDataContent
        {
            { Octets(new ProgressContent(metadata, "Uploading the metadata", progress)), "metadata", Path.GetFileName(metadataName) },
            { Octets(new ProgressContent(root, "Uploading", progress)), part, Path.GetFileName(rootName) },
        };
    }

    private static ProgressContent Octets(ProgressContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private static bool IsDisk(FileStream file)
    {
        Span<byte> magic = stackalloc byte[4];
        var read = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return (read == 4 && magic.SequenceEqual(s_qcow2Magic)) || Path.GetExtension(file.Name) is ".img" or ".raw" or ".qcow2";
    }

    private static FileStream Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CliException($"{path} is a directory: pack it first, such as: tar -C {path} -cJf image.tar.xz .");
        }

        return File.Exists(path)
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true)
            : throw new CliException($"no such file {path}");
    }

    private static async Task RefuseTakenAsync(Session session, string[] names, CancellationToken cancellation)
    {
        if (names.Length == 0)
        {
            return;
        }

        var taken = await session.Client.GetAsync(Paths.ImageAliases + "?recursion=1", BerthJson.Default.ImageAliasesEntryList, cancellation);
        if (taken.FirstOrDefault(alias => names.Contains(alias.Name, StringComparer.Ordinal)) is { } first)
        {
            throw new CliException($"the alias {first.Name} is in use; choose another, or move it with --reuse");
        }
    }
}
