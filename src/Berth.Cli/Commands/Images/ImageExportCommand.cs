using System.CommandLine;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Images;

/// <summary><c>berth image export</c>.</summary>
internal static class ImageExportCommand
{
    public static Command Build()
    {
        var image = Completed.Image();
        var target = new Argument<string>("target")
        {
            Description = "Directory, or start of the file names (default: the current directory)",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => ".",
        };
        return new BerthCommand("export", "Save an image to files") { Examples = ["berth image export debian/12", "berth image export debian/12 /backup/debian12"] }
            .With(image, target)
            .Runs(async (session, result, cancellation) =>
            {
                var name = Names.Local(result.GetValue(image)!);
                var fingerprint = await ImageReference.FingerprintAsync(session.Client, name, cancellation);
                using var request = session.Client.Request(HttpMethod.Get, Paths.Image(fingerprint) + "/export");
                using var response = await session.Client.OpenAsync(request, cancellation);
                await using var body = await response.Content.ReadAsStreamAsync(cancellation);
                var type = response.Content.Headers.ContentType;
                if (type?.MediaType?.StartsWith("multipart/", StringComparison.Ordinal) == true)
                {
                    await SplitAsync(session, body, type.Parameters.First(p => p.Name == "boundary").Value!.Trim('"'), result.GetValue(target)!, cancellation);
                    return;
                }

                var file = response.Content.Headers.ContentDisposition?.FileName?.Trim('"') ?? fingerprint + ".tar";
                await SaveAsync(session, body, PathFor(result.GetValue(target)!, file, ""), cancellation);
            });
    }

    private static async Task SplitAsync(Session session, Stream body, string boundary, string target, CancellationToken cancellation)
    {
        using var reader = new MultipartReader(body, boundary);
        while (await reader.NextAsync(cancellation) is { } part)
        {
            var suffix = part.Name.StartsWith("rootfs", StringComparison.Ordinal) ? ".root" : "";
            await SaveAsync(session, part.Body, PathFor(target, part.FileName, suffix), cancellation);
        }
    }

    /// <summary>In a directory the server's name is kept; else the target starts the name, as with the incus client.</summary>
    private static string PathFor(string target, string fileName, string suffix)
    {
        // The server names the file, but not where it goes.
        var name = Path.GetFileName(fileName);
        if (Directory.Exists(target))
        {
            return Path.Combine(target, name);
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return target + suffix + (dot < 0 ? "" : name[dot..]);
    }

    private static async Task SaveAsync(Session session, Stream from, string path, CancellationToken cancellation)
    {
        var part = path + ".part";
        try
        {
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1, useAsync: true))
            {
                await from.CopyToAsync(file, 256 * 1024, cancellation);
            }

            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }

        session.Say($"Saved {path}");
    }
}
