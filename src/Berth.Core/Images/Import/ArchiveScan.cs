using Berth.Core.Images.Archives;
using Berth.Core.Images.Metadata;

namespace Berth.Core.Images.Import;

/// <summary>Reads an archive from end to end without writing any of it: damage and hostile entries are found before it is an image.</summary>
internal static class ArchiveScan
{
    private const string MetadataName = "metadata.yaml";
    private const string DiskName = "rootfs.img";

    public static async Task<InspectedFile> RunAsync(StagedFile file, Compression compression, CancellationToken cancel)
    {
        var limits = TreeLimits.ForScan(file.Size);
        var whole = new ArchiveGuard(limits, "");
        var inside = new ArchiveGuard(limits, "rootfs");
        var found = new Findings();
        try
        {
            await using var stream = ArchiveStream.Open(file.Path, compression);
            using var tar = new TarReader(stream);
            while (await tar.NextAsync(cancel) is { } entry)
            {
                found.Add(Name(entry), entry, await MetadataAsync(tar, entry, cancel));
                Admit(whole, entry, found.Whole);
                Admit(inside, entry, found.Inside);
            }
        }
        catch (InvalidDataException e)
        {
            throw new BerthException(ErrorKind.BadRequest, $"the image cannot be read: {e.Message}", e);
        }

        var kind = found.Kind();
        (kind == ImageContentKind.UnifiedTree ? found.Inside : found.Whole).ThrowIfRefused();
        return new InspectedFile(
            new ImageFile { Name = "", Kind = kind, Compression = compression.Name, Size = file.Size, Sha256 = file.Sha256 },
            kind == ImageContentKind.RootTarball ? null : found.Metadata);
    }

    private static string Name(TarEntry entry) => entry.Path.StartsWith("./", StringComparison.Ordinal) ? entry.Path[2..] : entry.Path.TrimStart('/');

    private static async ValueTask<ImageMetadata?> MetadataAsync(TarReader tar, TarEntry entry, CancellationToken cancel)
    {
        if (Name(entry) != MetadataName || entry.Kind != TarEntryKind.File || entry.Size > YamlTree.MaxBytes)
        {
            return null;
        }

        var yaml = new MemoryStream();
        var buffer = new byte[8192];
        while (await tar.ReadDataAsync(buffer, cancel) is > 0 and var n)
        {
            yaml.Write(buffer, 0, n);
        }

        return MetadataReader.Read(yaml.GetBuffer().AsSpan(0, (int)yaml.Length));
    }

    /// <summary>Whether a refusal counts is known at the archive's end, when it is clear where its root is; a bomb ends the reading at once.</summary>
    private static void Admit(ArchiveGuard guard, TarEntry entry, Verdict verdict)
    {
        try
        {
            if (guard.Admit(entry) is not null && entry.Kind == TarEntryKind.HardLink)
            {
                guard.HardLinkTarget(entry);
            }
        }
        catch (BerthException e) when (e.Kind == ErrorKind.BadRequest)
        {
            verdict.Refusal ??= e;
        }
    }

    private sealed class Verdict
    {
        public BerthException? Refusal { get; set; }

        public void ThrowIfRefused()
        {
            if (Refusal is not null)
            {
                throw Refusal;
            }
        }
    }

    private sealed class Findings
    {
        private bool _hasTree;
        private bool _hasDisk;

        public ImageMetadata? Metadata { get; private set; }

        public Verdict Whole { get; } = new();

        public Verdict Inside { get; } = new();

        private bool HasOther { get; set; }

        public void Add(string name, TarEntry entry, ImageMetadata? metadata)
        {
            Metadata ??= metadata;
            _hasDisk |= name == DiskName && entry.Kind == TarEntryKind.File;
            _hasTree |= name.StartsWith("rootfs/", StringComparison.Ordinal) || name == "rootfs";
            HasOther |= name is not (MetadataName or DiskName or "" or "." or "rootfs" or "templates")
                && !name.StartsWith("rootfs/", StringComparison.Ordinal) && !name.StartsWith("templates/", StringComparison.Ordinal)
                && !Disks.BootFiles.IsOne(name);
        }

        public ImageContentKind Kind()
        {
            if (Metadata is null)
            {
                return ImageContentKind.RootTarball;
            }

            if (_hasTree && _hasDisk)
            {
                throw BerthException.BadRequest("the image has both rootfs/ and rootfs.img: only one of them can be its content");
            }

            if (!_hasTree && !_hasDisk && HasOther)
            {
                throw BerthException.BadRequest("the image has metadata.yaml, but neither rootfs/ nor rootfs.img");
            }

            return _hasTree ? ImageContentKind.UnifiedTree : _hasDisk ? ImageContentKind.UnifiedDisk : ImageContentKind.MetadataTarball;
        }
    }
}
