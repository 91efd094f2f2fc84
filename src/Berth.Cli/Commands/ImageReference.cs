using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Remotes;

namespace Berth.Cli.Commands;

/// <summary>An image named by an alias, or by a fingerprint or the start of one.</summary>
internal static class ImageReference
{
    private const int FullFingerprint = 64;

    /// <summary>The source of a new instance. Only a name that could be both costs a question to the server.</summary>
    public static async Task<InstanceSource> SourceAsync(BerthClient client, ImageName name, CancellationToken cancellation)
    {
        if (name.Remote is { } remote)
        {
            return new InstanceSource
            {
                Type = "image",
                Mode = "pull",
                Server = remote.Url,
                Protocol = remote.Protocol,
                Certificate = RemoteList.Certificate(remote.Name),
                Alias = name.Name,
            };
        }

        var image = name.Name;
        return LooksLikeFingerprint(image) && (image.Length == FullFingerprint || await AliasAsync(client, image, cancellation) is null)
            ? new InstanceSource { Type = "image", Fingerprint = image }
            : new InstanceSource { Type = "image", Alias = image };
    }

    /// <summary>The fingerprint that an alias stands for; anything else is handed back as it is.</summary>
    public static async Task<string> FingerprintAsync(BerthClient client, string image, CancellationToken cancellation)
    {
        if (await AliasAsync(client, image, cancellation) is { } alias)
        {
            return alias.Target;
        }

        // Ask for the image only where the name can be a fingerprint; else the answer about the alias is the better one.
        return LooksLikeFingerprint(image) ? image : throw new ApiException(404, $"no such image {image}", Paths.Alias(image));
    }

    public static async Task<bool> ExistsAsync(BerthClient client, string image, CancellationToken cancellation)
    {
        if (await AliasAsync(client, image, cancellation) is not null)
        {
            return true;
        }

        try
        {
            if (LooksLikeFingerprint(image))
            {
                await client.GetAsync(Paths.Image(image), cancellation);
                return true;
            }
        }
        catch (ApiException e) when (e.Code == 404)
        {
            return false;
        }

        return false;
    }

    private static bool LooksLikeFingerprint(string image) => image.Length <= FullFingerprint && image.All(char.IsAsciiHexDigitLower);

    private static async Task<ImageAliasesEntry?> AliasAsync(BerthClient client, string name, CancellationToken cancellation)
    {
        try
        {
            return await client.GetAsync(Paths.Alias(name), BerthJson.Default.ImageAliasesEntry, cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            return null;
        }
    }
}
