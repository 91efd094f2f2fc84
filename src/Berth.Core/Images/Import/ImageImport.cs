using System.Buffers;
using System.Security.Cryptography;

namespace Berth.Core.Images.Import;

/// <summary>
/// An import under way: one file (unified image, root tarball, squashfs, disk) or two (metadata, then content) are received, looked
/// at, and become an image by <see cref="CompleteAsync"/>. Disposing it earlier leaves nothing.
/// </summary>
public sealed class ImageImport : IAsyncDisposable
{
    private const long Reserve = 64L << 20;
    private const int BufferSize = 1 << 20;

    private readonly ImageStore _store;
    private readonly string _directory;
    private readonly List<StagedFile> _files = [];
    private readonly IncrementalHash _fingerprint = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    internal ImageImport(ImageStore store)
    {
        _store = store;
        _directory = store.NewStagingDirectory();
    }

    /// <summary>Receives a file to its end.</summary>
    /// <param name="content">Read once, not disposed.</param>
    /// <param name="filename">The name that it came with, for people.</param>
    /// <param name="received">Told the bytes received so far; null for nobody.</param>
    /// <exception cref="BerthException">NoSpace when the filesystem would be full.</exception>
    public Task AddFileAsync(Stream content, string filename, Action<long>? received, CancellationToken cancel) =>
        AddFileAsync(content, filename, ExpectedFile.Anything, received, cancel);

    /// <summary>Receives a file of which something was promised.</summary>
    /// <exception cref="BerthException">BadRequest when it is not what was promised; NoSpace.</exception>
    public async Task AddFileAsync(Stream content, string filename, ExpectedFile expected, Action<long>? received, CancellationToken cancel)
    {
        if (_files.Count == 2)
        {
            throw BerthException.BadRequest("an image has at most two files: metadata and content");
        }

        var path = Path.Combine(_directory, $"part{_files.Count}");
        var room = DiskRoom.Free(_directory) - Reserve;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        long size = 0;
        try
        {
            while (await content.ReadAsync(buffer, cancel) is > 0 and var n)
            {
                size += n;
                expected.CheckGrowth(filename, size);
                if (size > room)
                {
                    throw NoRoom(filename);
                }

                hash.AppendData(buffer, 0, n);
                _fingerprint.AppendData(buffer, 0, n);
                await file.WriteAsync(buffer.AsMemory(0, n), cancel);
                received?.Invoke(size);
            }

            file.Flush(flushToDisk: true);
        }
        catch (IOException e) when (DiskRoom.IsFull(e))
        {
            throw NoRoom(filename);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (size == 0)
        {
            throw BerthException.BadRequest($"{(filename.Length == 0 ? "the image" : filename)} is empty");
        }

        var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        expected.CheckWhole(filename, size, sha256);
        _files.Add(new StagedFile(path, filename, size, sha256));
    }

    /// <summary>Looks at the received files, every entry of an archive included, and makes them an image.</summary>
    /// <exception cref="BerthException">BadRequest with what is wrong with them; Conflict when the image or an alias exists.</exception>
    public async Task<ImageRecord> CompleteAsync(ImageImportOptions options, CancellationToken cancel)
    {
        if (_files.Count == 0)
        {
            throw BerthException.BadRequest("the image has no file");
        }

        var fingerprint = Convert.ToHexStringLower(_fingerprint.GetCurrentHash());
        CheckFingerprint(options.ExpectedFingerprint, fingerprint);
        _store.RefuseTaken(options.Project, options.Aliases);
        var parts = new List<InspectedFile>(_files.Count);
        foreach (var file in _files)
        {
            parts.Add(await FileInspector.InspectAsync(file, cancel));
        }

        var image = Describe(fingerprint, ImageShape.Check(parts), options);
        Arrange(image);
        return _store.Commit(options.Project, image, _directory, options.Aliases);
    }

    /// <summary>Removes what was received and did not become an image.</summary>
    public ValueTask DisposeAsync()
    {
        _fingerprint.Dispose();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    private static void CheckFingerprint(string? expected, string actual)
    {
        if (expected is { Length: > 0 } && !expected.Equals(actual, StringComparison.OrdinalIgnoreCase))
        {
            throw BerthException.BadRequest($"the image's fingerprint is {actual}, expected was {expected}: it is damaged, or another one");
        }
    }

    private ImageRecord Describe(string fingerprint, IReadOnlyList<InspectedFile> parts, ImageImportOptions options)
    {
        var metadata = parts.Select(part => part.Metadata).FirstOrDefault(found => found is not null) ?? new Metadata.ImageMetadata();
        var now = _store.Clock.GetUtcNow();
        var files = parts.Select((part, i) => part.File with { Name = parts.Count == 2 && i == 0 ? "metadata" : "rootfs" });
        var remote = options.Remote;
        var image = new ImageRecord
        {
            Fingerprint = fingerprint,
            Type = ImageType.Container,
            Size = _files.Sum(file => file.Size),
            Architecture = Architectures.Normalize(
                remote is { Architecture.Length: > 0 } ? remote.Architecture
                : metadata.Architecture is { Length: > 0 } said ? said
                : options.Architecture ?? Architectures.Host),
            CreatedAt = remote?.CreatedAt > DateTimeOffset.UnixEpoch ? remote.CreatedAt
                : metadata.CreatedAt > DateTimeOffset.UnixEpoch ? metadata.CreatedAt : now,
            ExpiresAt = options.ExpiresAt ?? (remote?.ExpiresAt > DateTimeOffset.UnixEpoch ? remote.ExpiresAt : metadata.ExpiresAt),
            UploadedAt = now,
            LastUsedAt = options.Cached ? now : DateTimeOffset.UnixEpoch,
            Filename = options.Filename ?? _files[^1].Filename,
            Properties = (remote is { Properties.IsEmpty: false } ? remote.Properties : metadata.Properties).SetItems(options.Properties),
            Source = options.Source,
            Public = options.Public,
            AutoUpdate = options.AutoUpdate,
            Cached = options.Cached,
            Profiles = options.Profiles,
            Files = [.. files],
        };
        return image.HasDisk ? image with { Type = ImageType.VirtualMachine } : image;
    }

    private void Arrange(ImageRecord image)
    {
        for (var i = 0; i < _files.Count; i++)
        {
            File.Move(_files[i].Path, Path.Combine(_directory, image.Files[i].Name));
        }
    }

    private static BerthException NoRoom(string filename) =>
        new(ErrorKind.NoSpace, $"no room for {(filename.Length == 0 ? "the image" : filename)}: make room in Berth's state directory");
}
