namespace Berth.Core.Images;

public sealed partial class ImageStore
{
    /// <summary>The image with this whole fingerprint; null when the project has none.</summary>
    public ImageRecord? Find(string project, string fingerprint) => state.Find(ImageDocuments.Image, project, fingerprint)?.Value;

    /// <summary>The image that was loaded from a source, the newest where there are several; null when there is none.</summary>
    public ImageRecord? FindBySource(string project, ImageSourceRecord source) =>
        List(project)
            .Select(entry => entry.Image)
            .Where(image => image.Source is { } from && from.Server == source.Server && from.Protocol == source.Protocol
                && from.Alias == source.Alias && from.Project == source.Project && (source.ImageType.Length == 0 || image.Type == source.ImageType))
            .MaxBy(image => image.UploadedAt);

    /// <summary>Gives a project an image whose files another project has already; null when none has.</summary>
    /// <exception cref="BerthException">Conflict when an alias is taken.</exception>
    public ImageRecord? Adopt(string project, string fingerprint, Func<ImageRecord, ImageRecord> describe, IReadOnlyList<(string Name, string Description)> aliases)
    {
        lock (_changes)
        {
            if (Find(project, fingerprint) is not null || state.List(ImageDocuments.Image).FirstOrDefault(document => document.Name == fingerprint) is not { } other)
            {
                return null;
            }

            var plain = other.Value with { Public = false, AutoUpdate = false, Cached = false, Source = null, LastUsedAt = DateTimeOffset.UnixEpoch };
            return Add(project, describe(plain) with { UploadedAt = clock.GetUtcNow() }, aliases);
        }
    }

    /// <summary>Names an image that is there already. Nothing is changed when one of the names is taken.</summary>
    /// <exception cref="BerthException">Conflict.</exception>
    public void AddAliases(string project, string fingerprint, IReadOnlyList<(string Name, string Description)> aliases)
    {
        lock (_changes)
        {
            RefuseTaken(project, aliases);
            foreach (var (name, description) in aliases)
            {
                CreateAlias(project, name, fingerprint, description);
            }
        }
    }

    /// <summary>Lets all aliases of one image name another one: an update has replaced it.</summary>
    public void MoveAliases(string project, string from, string to)
    {
        lock (_changes)
        {
            foreach (var alias in AliasesOf(project, from))
            {
                UpdateAlias(project, alias.Name, to, null);
            }
        }
    }

    /// <exception cref="BerthException">BadRequest: no name; Conflict: taken, or given twice.</exception>
    internal void RefuseTaken(string project, IReadOnlyList<(string Name, string Description)> aliases)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, _) in aliases)
        {
            CheckAliasName(name);
            if (FindAlias(project, name) is { } taken)
            {
                throw BerthException.Conflict($"image alias {name} exists already and names {taken.Target[..12]}");
            }

            if (!given.Add(name))
            {
                throw BerthException.BadRequest($"the alias {name} is given twice");
            }
        }
    }

    /// <summary>Names first, the record last: what a crash leaves before has no record, and recovery removes it.</summary>
    private ImageRecord Add(string project, ImageRecord image, IReadOnlyList<(string Name, string Description)> aliases)
    {
        RefuseTaken(project, aliases);
        foreach (var (name, description) in aliases)
        {
            var alias = new ImageAliasRecord { Name = name, Description = description, Target = image.Fingerprint, Type = image.Type };
            state.Put(ImageDocuments.Alias, project, name, alias, expected: 0);
        }

        state.Put(ImageDocuments.Image, project, image.Fingerprint, image, expected: 0);
        return image;
    }
}
