using System.Collections.Immutable;
using System.Globalization;

namespace Berth.Core.Images.Sources.SimpleStreams;

/// <summary>Makes images of a product's versions: metadata with a root, or one file with both. Deltas are left out.</summary>
internal static class StreamImages
{
    /// <summary>Content beside a metadata file, the better one first.</summary>
    private static readonly (string FileType, string Type)[] s_roots =
    [
        ("squashfs", ImageType.Container),
        ("root.tar.xz", ImageType.Container),
        ("disk-kvm.img", ImageType.VirtualMachine),
        ("uefi1.img", ImageType.VirtualMachine),
        ("disk1.img", ImageType.VirtualMachine),
    ];

    /// <summary>What is incomplete, or named in a way that nothing can be done with, is left out: other images of the server are none the worse.</summary>
    public static IEnumerable<RemoteImage> Of(StreamProduct product)
    {
        if (string.IsNullOrEmpty(product.Arch))
        {
            yield break;
        }

        foreach (var (serial, version) in product.Versions ?? [])
        {
            if (version?.Items is null || Day(serial) is not { } created)
            {
                continue;
            }

            var items = version.Items.Values.OfType<StreamItem>().ToList();
            foreach (var item in items)
            {
                foreach (var image in OfItem(item, items))
                {
                    yield return Describe(image, product, version, serial, created);
                }
            }
        }
    }

    /// <summary>How good an image's content is among those of one alias: lower is better.</summary>
    public static int Rank(RemoteImage image) =>
        Array.FindIndex(s_roots, root => root.FileType == image.Properties.GetValueOrDefault("type")) is >= 0 and var rank ? rank : s_roots.Length;

    private static IEnumerable<RemoteImage> OfItem(StreamItem item, List<StreamItem> all)
    {
        switch (item.FileType)
        {
            case "incus_combined.tar.gz" or "lxd_combined.tar.gz":
                var type = item.CombinedType == ImageType.VirtualMachine ? ImageType.VirtualMachine : ImageType.Container;
                if (Make(item.Sha256, type, "tar.gz", item) is { } whole)
                {
                    yield return whole;
                }

                break;
            case "incus.tar.xz" or "lxd.tar.xz":
                foreach (var (fileType, rootType) in s_roots)
                {
                    foreach (var root in all.Where(other => other.FileType == fileType))
                    {
                        if (Make(Combined(item, fileType), rootType, fileType, item, root) is { } split)
                        {
                            yield return split;
                        }
                    }
                }

                break;
            default:
                break;
        }
    }

    private static string? Combined(StreamItem metadata, string fileType) => fileType switch
    {
        "squashfs" => metadata.CombinedSquashfs,
        "root.tar.xz" => string.IsNullOrEmpty(metadata.CombinedRootXz) ? metadata.CombinedSha256 : metadata.CombinedRootXz,
        "disk-kvm.img" => metadata.CombinedDiskKvm,
        "uefi1.img" => metadata.CombinedUefi1,
        _ => metadata.CombinedDisk1,
    };

    private static RemoteImage? Make(string? fingerprint, string type, string fileType, params StreamItem[] items)
    {
        if (!Fingerprints.IsWhole(fingerprint) || items.Any(item => item.Size < 0 || StreamDocumentReader.PlainPath(item.Path) is null))
        {
            return null;
        }

        var files = items.Select(item => new RemoteFile(StreamDocumentReader.PlainPath(item.Path)!, item.Sha256 ?? "", item.Size)).ToImmutableArray();
        return new RemoteImage
        {
            Fingerprint = fingerprint!.ToLowerInvariant(),
            Type = type,
            Size = files.Aggregate(0L, (sum, file) => file.Size > long.MaxValue - sum ? long.MaxValue : sum + file.Size),
            Filename = files[0].Name,
            Files = files,
            Properties = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("type", fileType),
        };
    }

    private static RemoteImage Describe(RemoteImage image, StreamProduct product, StreamVersion version, string serial, DateTimeOffset created)
    {
        var properties = image.Properties.ToBuilder();
        void Say(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                properties[key] = value;
            }
        }

        Say("os", product.Os);
        Say("release", product.Release);
        Say("version", product.Version);
        Say("architecture", product.Arch);
        Say("label", version.Label);
        Say("serial", serial);
        Say("variant", product.Variant);
        Say("description", Description(product, version, serial));
        foreach (var (key, value) in product.Requirements ?? [])
        {
            Say("requirements." + key, value);
        }

        return image with
        {
            Architecture = Architectures.Normalize(product.Arch!),
            CreatedAt = created,
            ExpiresAt = DateTimeOffset.TryParseExact(
                product.SupportEol, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) ? end : DateTimeOffset.UnixEpoch,
            Properties = properties.ToImmutable(),
            Aliases = [.. (product.Aliases ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        };
    }

    private static string Description(StreamProduct product, StreamVersion version, string serial)
    {
        var text = $"{product.Os} {product.ReleaseTitle} {product.Arch}";
        if (product.Variant is { Length: > 0 } variant && variant != "default")
        {
            text += $" ({variant})";
        }

        return string.IsNullOrEmpty(version.Label) ? $"{text} ({serial})" : $"{text} ({version.Label}) ({serial})";
    }

    private static DateTimeOffset? Day(string serial) =>
        serial.Length >= 8 && DateTimeOffset.TryParseExact(
            serial.AsSpan(0, 8), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day)
            ? day
            : null;
}
