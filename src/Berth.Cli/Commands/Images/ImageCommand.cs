using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Images;

/// <summary><c>berth image</c>.</summary>
internal static class ImageCommand
{
    private static readonly ListBuilder<Image> s_list = new(
        "List images",
        [
            new('a', "ARCHITECTURE", i => i.Architecture),
            new('d', "DESCRIPTION", i => i.Properties.GetValueOrDefault("description", "")),
            new('e', "PROJECT", i => i.Project),
            new('f', "FINGERPRINT", i => Short(i.Fingerprint)),
            new('F', "FINGERPRINT", i => i.Fingerprint),
            new('l', "ALIAS", ShortestAlias),
            new('L', "ALIASES", i => string.Join('\n', i.Aliases.Select(alias => alias.Name))),
            new('p', "PUBLIC", i => i.Public ? "yes" : "no"),
            new('s', "SIZE", i => Sizes.Bytes(i.Size)),
            new('t', "TYPE", i => i.Type.ToUpperInvariant()),
            new('u', "UPLOAD DATE", i => Sizes.Time(i.UploadedAt)),
        ],
        "lfpdatsu",
        BerthJson.Default.ImageList)
    {
        Key = image => ShortestAlias(image) + image.Fingerprint,
        Filter = Matches,
        Examples = ["berth image list", "berth image list debian", "berth image list os=debian --format json"],
    };

    public static Command Build() => new BerthCommand("image", "Build, import and manage images")
    {
        Remarks = "An image is named by an alias, by its fingerprint (SHA-256), or by the start of the fingerprint.",
        Examples = ["berth image build debian/12", "berth image list", "berth image import rootfs.tar.xz --alias mine"],
    }.With(
        ImageBuildCommand.Build(), s_list.Build(_ => Paths.Images), Info(), Show(), Edit(), ImageImportCommand.Build(), ImageExportCommand.Build(),
        Delete(), GetProperty(), SetProperty(), UnsetProperty(), ImageAliasCommands.Build(),
        ImageCopyCommand.Build(), ImageCopyCommand.BuildRefresh());

    private static BerthCommand Info()
    {
        var image = Completed.Image();
        return new BerthCommand("info", "Show what is known about an image") { Examples = ["berth image info debian/12"] }
            .With(image)
            .Runs(async (session, result, cancellation) =>
            {
                var resource = await ResourceAsync(session, result.GetValue(image)!, cancellation);
                var info = await session.Client.GetAsync(resource.Path, BerthJson.Default.Image, cancellation);
                var map = new JsonObject
                {
                    ["Fingerprint"] = info.Fingerprint,
                    ["Size"] = Sizes.Bytes(info.Size),
                    ["Architecture"] = info.Architecture,
                    ["Type"] = info.Type,
                    ["Public"] = info.Public ? "yes" : "no",
                    ["Timestamps"] = new JsonObject
                    {
                        ["Created"] = Sizes.Time(info.CreatedAt),
                        ["Uploaded"] = Sizes.Time(info.UploadedAt),
                        ["Expires"] = Sizes.Time(info.ExpiresAt) is { Length: > 0 } expiry ? expiry : "never",
                        ["Last used"] = Sizes.Time(info.LastUsedAt) is { Length: > 0 } use ? use : "never",
                    },
                    ["Properties"] = new JsonObject(info.Properties.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
                    ["Aliases"] = new JsonArray([.. info.Aliases.Select(alias => JsonValue.Create(alias.Name))]),
                    ["Cached"] = info.Cached ? "yes" : "no",
                    ["Auto update"] = info.AutoUpdate ? "enabled" : "disabled",
                    ["Profiles"] = new JsonArray([.. info.Profiles.Select(profile => JsonValue.Create(profile))]),
                };
                if (info.UpdateSource is { } source)
                {
                    map["Source"] = new JsonObject { ["Server"] = source.Server, ["Protocol"] = source.Protocol, ["Alias"] = source.Alias };
                }

                YamlWriter.Write(session.Out, map);
            });
    }

    private static BerthCommand Show()
    {
        var image = Completed.Image();
        return new BerthCommand("show", "Show the properties of an image as YAML") { Examples = ["berth image show debian/12"] }
            .With(image)
            .Runs(async (session, result, cancellation) =>
            {
                var resource = await ResourceAsync(session, result.GetValue(image)!, cancellation);
                var shown = (await session.Client.GetAsync(resource.Path, cancellation)).AsObject();
                var chosen = new JsonObject();
                foreach (var key in resource.Editable)
                {
                    chosen[key] = shown[key]?.DeepClone();
                }

                YamlWriter.Write(session.Out, chosen);
            });
    }

    private static BerthCommand Edit()
    {
        var image = Completed.Image();
        return new BerthCommand("edit", "Edit the properties of an image as YAML")
        {
            Examples = ["berth image edit debian/12", "berth image edit debian/12 < image.yaml"],
        }.With(image).Runs(async (session, result, cancellation) =>
            await (await ResourceAsync(session, result.GetValue(image)!, cancellation)).EditAsync(session, cancellation));
    }

    private static BerthCommand GetProperty()
    {
        var image = Completed.Image();
        var key = new Argument<string>("key") { Description = "Name of the property" };
        return new BerthCommand("get-property", "Print a property of an image").With(image, key).Runs(async (session, result, cancellation) =>
            session.Out.WriteLine(await (await ResourceAsync(session, result.GetValue(image)!, cancellation))
                .GetAsync(session, result.GetValue(key)!, false, false, cancellation)));
    }

    private static BerthCommand SetProperty()
    {
        var image = Completed.Image();
        var key = new Argument<string>("key") { Description = "Name of the property" };
        var value = new Argument<string>("value") { Description = "Its value" };
        return new BerthCommand("set-property", "Set a property of an image").With(image, key, value).Runs(async (session, result, cancellation) =>
            await (await ResourceAsync(session, result.GetValue(image)!, cancellation)).SetAsync(
                session, new Dictionary<string, string>(StringComparer.Ordinal) { [result.GetValue(key)!] = result.GetValue(value)! }, false, cancellation));
    }

    private static BerthCommand UnsetProperty()
    {
        var image = Completed.Image();
        var key = new Argument<string>("key") { Description = "Name of the property" };
        return new BerthCommand("unset-property", "Remove a property of an image").With(image, key).Runs(async (session, result, cancellation) =>
            await (await ResourceAsync(session, result.GetValue(image)!, cancellation)).UnsetAsync(session, result.GetValue(key)!, false, cancellation));
    }

    private static BerthCommand Delete()
    {
        var images = Completed.Many("image", "Aliases or fingerprints", Paths.ImageAliases);
        images.Arity = ArgumentArity.OneOrMore;
        return new BerthCommand("delete", "Delete images") { Alternatives = ["rm"], Examples = ["berth image delete debian/12"] }
            .With(images)
            .Runs(async (session, result, cancellation) =>
            {
                foreach (var image in result.GetValue(images)!)
                {
                    var resource = await ResourceAsync(session, image, cancellation);
                    await session.WaitAsync(await session.Client.DeleteAsync(resource.Path, cancellation), $"Deleting {image}", cancellation);
                }
            });
    }

    private static async Task<Resource> ResourceAsync(Session session, string image, CancellationToken cancellation) =>
        Resource.Image(await ImageReference.FingerprintAsync(session.Client, Names.Local(image), cancellation));

    private static bool Matches(Image image, string word)
    {
        var at = word.IndexOf('=', StringComparison.Ordinal);
        if (at < 0)
        {
            return image.Fingerprint.StartsWith(word, StringComparison.Ordinal)
                || image.Aliases.Any(alias => alias.Name.Contains(word, StringComparison.Ordinal));
        }

        var (key, value) = (word[..at], word[(at + 1)..]);
        return key switch
        {
            "type" => image.Type == value,
            "architecture" => image.Architecture == value,
            "public" => image.Public.ToString().Equals(value, StringComparison.OrdinalIgnoreCase),
            _ => image.Properties.GetValueOrDefault(key.StartsWith("properties.", StringComparison.Ordinal) ? key[11..] : key)
                ?.Contains(value, StringComparison.OrdinalIgnoreCase) ?? false,
        };
    }

    private static string ShortestAlias(Image image)
    {
        var names = image.Aliases.Select(alias => alias.Name).OrderBy(name => name.Length).ToArray();
        return names.Length switch
        {
            0 => "",
            1 => names[0],
            _ => string.Create(CultureInfo.InvariantCulture, $"{names[0]} ({names.Length - 1} more)"),
        };
    }

    private static string Short(string fingerprint) => fingerprint.Length > 12 ? fingerprint[..12] : fingerprint;
}
