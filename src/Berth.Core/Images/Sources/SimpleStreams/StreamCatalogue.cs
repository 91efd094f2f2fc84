namespace Berth.Core.Images.Sources.SimpleStreams;

/// <summary>All images of a simplestreams server, and which of them a name stands for.</summary>
public sealed class StreamCatalogue
{
    private readonly List<RemoteImage> _images;

    /// <param name="images">In any order.</param>
    /// <param name="host">The architecture that a name without one means.</param>
    public StreamCatalogue(IEnumerable<RemoteImage> images, string host)
    {
        // For one alias the newest serial comes first, in the host's own architecture, with the content that is cheapest to use.
        _images =
        [
            .. images.OrderBy(image => image.Architecture == host ? 0 : 1)
                .ThenByDescending(image => image.Properties.GetValueOrDefault("serial", ""), StringComparer.Ordinal)
                .ThenBy(StreamImages.Rank),
        ];
    }

    public IReadOnlyList<RemoteImage> Images => _images;

    /// <summary>The image that an alias (also followed by an architecture: debian/12/arm64), a fingerprint or the start of one names.</summary>
    /// <param name="type">The type that it must have; empty: a container, or else a machine.</param>
    /// <exception cref="BerthException">NotFound, with names that come close; BadRequest when the start of a fingerprint fits several.</exception>
    public RemoteImage Find(string name, string type)
    {
        if (ByAlias(name, type) is { } named)
        {
            return named;
        }

        if (type.Length > 0 && ByAlias(name, Other(type)) is not null)
        {
            throw BerthException.NotFound(
                $"the image server has no {name} of the type {type}, but one of the type {Other(type)}" + (type == ImageType.Container ? ": launch it with --vm" : ": launch it without --vm"));
        }

        return ByFingerprint(name) ?? throw Missing(name);
    }

    private static string Other(string type) => type == ImageType.Container ? ImageType.VirtualMachine : ImageType.Container;

    private RemoteImage? ByAlias(string name, string type) => type.Length > 0
        ? _images.FirstOrDefault(image => image.Type == type && IsNamed(image, name))
        : ByAlias(name, ImageType.Container) ?? ByAlias(name, ImageType.VirtualMachine);

    private static bool IsNamed(RemoteImage image, string name)
    {
        foreach (var alias in image.Aliases)
        {
            if (name.StartsWith(alias, StringComparison.Ordinal)
                && (name.Length == alias.Length || (name[alias.Length] == '/' && name[(alias.Length + 1)..] == image.Properties.GetValueOrDefault("architecture"))))
            {
                return true;
            }
        }

        return false;
    }

    private RemoteImage? ByFingerprint(string prefix)
    {
        if (!Fingerprints.IsPrefix(prefix))
        {
            return null;
        }

        var fitting = _images.Where(image => image.Fingerprint.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).DistinctBy(image => image.Fingerprint).ToList();
        return fitting.Count < 2
            ? fitting.FirstOrDefault()
            : throw BerthException.BadRequest($"fingerprint {prefix} fits {fitting.Count} images of the server; give more digits");
    }

    private BerthException Missing(string name)
    {
        var names = _images.SelectMany(image => image.Aliases).Distinct(StringComparer.Ordinal).ToList();
        return BerthException.NotFound(names.Count == 0
            ? $"the image server has no image {name}: it has none with a name"
            : $"the image server has no image {name}; available: {string.Join(", ", Suggestions.Closest(name, names, 8))}");
    }
}
