using Berth.Core.State;

namespace Berth.Core.Images;

/// <summary>
/// The images of one daemon: records and aliases in the state store, the files as imported below <see cref="HostLayout.Images"/>.
/// A record is written after its files and removed before them, so that every record has its files.
/// </summary>
public sealed partial class ImageStore(HostLayout layout, IStateStore state, TimeProvider clock)
{
    private const string StagingPrefix = ".staging-";
    private const string DeletedPrefix = ".deleted-";

    /// <summary>Serialises what looks before it writes; reading takes no lock.</summary>
    private readonly Lock _changes = new();

    internal HostLayout Layout => layout;

    internal TimeProvider Clock => clock;

    /// <summary>All images of a project, or of every project, by fingerprint.</summary>
    public IReadOnlyList<(string Project, ImageRecord Image)> List(string? project = null) =>
        [.. state.List(ImageDocuments.Image, project).Select(document => (document.Project, document.Value))];

    /// <summary>The image whose fingerprint starts with <paramref name="prefix"/>.</summary>
    /// <exception cref="BerthException">NotFound; BadRequest when the prefix fits several.</exception>
    public ImageRecord Get(string project, string prefix) => GetDocument(project, prefix).Value;

    private StateDocument<ImageRecord> GetDocument(string project, string prefix) =>
        FindByPrefix(project, prefix) ?? throw Missing(project, prefix);

    /// <summary>The image that an alias or the start of a fingerprint names.</summary>
    /// <exception cref="BerthException">NotFound, with names that come close.</exception>
    public ImageRecord Resolve(string project, string aliasOrFingerprint)
    {
        if (FindAlias(project, aliasOrFingerprint) is { } alias
            && state.Find(ImageDocuments.Image, project, alias.Target) is { } target)
        {
            return target.Value;
        }

        return FindByPrefix(project, aliasOrFingerprint)?.Value
            ?? throw Missing(project, aliasOrFingerprint);
    }

    /// <summary>Changes an image.</summary>
    /// <exception cref="BerthException">NotFound.</exception>
    public ImageRecord Change(string project, string fingerprint, Func<ImageRecord, ImageRecord> change)
    {
        lock (_changes)
        {
            var document = GetDocument(project, fingerprint);
            var changed = change(document.Value);
            state.Put(ImageDocuments.Image, project, changed.Fingerprint, changed, document.Revision);
            return changed;
        }
    }

    /// <summary>Notes that an instance was made from the image now; no error when the image is gone meanwhile.</summary>
    public void Touch(string project, string fingerprint)
    {
        lock (_changes)
        {
            if (Find(project, fingerprint) is not null)
            {
                Change(project, fingerprint, image => image with { LastUsedAt = clock.GetUtcNow() });
            }
        }
    }

    /// <summary>
    /// Removes an image, its aliases and, when no other project has it, its files. Instances made from it keep working: what
    /// they use lies in the pools, which the caller tells (<see cref="Storage.IStoragePool.RemoveImageAsync"/>).
    /// </summary>
    /// <returns>The image, and whether no project has it any more.</returns>
    public (ImageRecord Image, bool Gone) Delete(string project, string fingerprint)
    {
        lock (_changes)
        {
            var image = Get(project, fingerprint);
            foreach (var alias in AliasesOf(project, image.Fingerprint))
            {
                state.Delete(ImageDocuments.Alias, project, alias.Name);
            }

            state.Delete(ImageDocuments.Image, project, image.Fingerprint);
            var gone = state.List(ImageDocuments.Image).All(other => other.Name != image.Fingerprint);
            if (gone)
            {
                RemoveFiles(image.Fingerprint);
            }

            return (image, gone);
        }
    }

    /// <summary>Starts an import. Nothing is visible before it is completed.</summary>
    public Import.ImageImport BeginImport() => new(this);

    /// <summary>Opens the image's files as they were imported: metadata first.</summary>
    public IReadOnlyList<ImageFileStream> OpenFiles(string project, string fingerprint)
    {
        var image = Get(project, fingerprint);
        var opened = new List<ImageFileStream>(image.Files.Length);
        try
        {
            foreach (var file in image.Files)
            {
                var stream = new FileStream(FilePath(image.Fingerprint, file.Name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                opened.Add(new ImageFileStream(file, DownloadNames.Of(image, file), stream));
            }

            return opened;
        }
        catch
        {
            opened.ForEach(file => file.Stream.Dispose());
            throw;
        }
    }

    /// <summary>
    /// Removes what a crash left: staging directories, files without a record, records without files, aliases without an image.
    /// Called once before the API opens.
    /// </summary>
    public Task RecoverAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(layout.Images, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var known = state.List(ImageDocuments.Image);
        var fingerprints = known.Select(document => document.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var directory in Directory.EnumerateDirectories(layout.Images))
        {
            cancel.ThrowIfCancellationRequested();
            if (!fingerprints.Contains(Path.GetFileName(directory)))
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        foreach (var document in known.Where(document => document.Value.Files.Any(file => !File.Exists(FilePath(document.Name, file.Name)))))
        {
            state.Delete(ImageDocuments.Image, document.Project, document.Name);
        }

        foreach (var alias in state.List(ImageDocuments.Alias))
        {
            if (state.Find(ImageDocuments.Image, alias.Project, alias.Value.Target) is null)
            {
                state.Delete(ImageDocuments.Alias, alias.Project, alias.Name);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Path of an image's file.</summary>
    internal string FilePath(string fingerprint, string name) => Path.Combine(layout.Images, fingerprint, name);

    /// <summary>The image in whatever project has it: its content is the same everywhere.</summary>
    internal ImageRecord FindAnywhere(string fingerprint) =>
        state.List(ImageDocuments.Image).FirstOrDefault(document => document.Name == fingerprint)?.Value
            ?? throw BerthException.NotFound($"no such image {(fingerprint.Length > 12 ? fingerprint[..12] : fingerprint)}: it was deleted, or never imported");

    internal string NewStagingDirectory()
    {
        var path = Path.Combine(layout.Images, StagingPrefix + Guid.NewGuid().ToString("N"));
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(layout.Images, owner);
        Directory.CreateDirectory(path, owner);
        return path;
    }

    /// <summary>
    /// Takes a staged image into the store: files by one rename, then its names, and the record last. What a crash leaves
    /// before that has no record, and <see cref="RecoverAsync"/> removes it.
    /// </summary>
    internal ImageRecord Commit(string project, ImageRecord image, string stagingDirectory, IReadOnlyList<(string Name, string Description)> aliases)
    {
        lock (_changes)
        {
            if (state.Find(ImageDocuments.Image, project, image.Fingerprint) is not null)
            {
                throw BerthException.Conflict($"image {image.ShortFingerprint} exists already in project {project}");
            }

            RefuseTaken(project, aliases);
            var home = Path.Combine(layout.Images, image.Fingerprint);
            if (!Directory.Exists(home))
            {
                Directory.Move(stagingDirectory, home);
            }

            return Add(project, image, aliases);
        }
    }

    private StateDocument<ImageRecord>? FindByPrefix(string project, string prefix)
    {
        if (!Fingerprints.IsPrefix(prefix))
        {
            return null;
        }

        var lower = prefix.ToLowerInvariant();
        if (lower.Length == Fingerprints.Length)
        {
            return state.Find(ImageDocuments.Image, project, lower);
        }

        var fitting = state.List(ImageDocuments.Image, project).Where(document => document.Name.StartsWith(lower, StringComparison.Ordinal)).ToList();
        return fitting.Count < 2
            ? fitting.FirstOrDefault()
            : throw BerthException.BadRequest(
                $"fingerprint {prefix} fits {fitting.Count} images: {string.Join(", ", fitting.Take(5).Select(document => document.Value.ShortFingerprint))}; give more digits");
    }

    private void RemoveFiles(string fingerprint)
    {
        var home = Path.Combine(layout.Images, fingerprint);
        if (Directory.Exists(home))
        {
            var doomed = Path.Combine(layout.Images, DeletedPrefix + Guid.NewGuid().ToString("N"));
            Directory.Move(home, doomed);
            Directory.Delete(doomed, recursive: true);
        }
    }
}
