using System.Security.Cryptography;
using System.Text.Json;
using Berth.Core.Images.Archives;
using Berth.Core.Images.Disks;
using Berth.Core.Storage;

namespace Berth.Core.Images;

/// <summary>
/// Brings an image's content into a pool when it is first used there: unpacked or converted once, verified against the fingerprint,
/// then shared by all instances. Concurrent calls share one filling.
/// </summary>
public sealed class ImageContent(ImageStore store)
{
    private const string DescriptionFile = "machine.json";

    /// <summary>Makes sure that the image's tree is in the pool; its path is <see cref="IStoragePool.ImageTree"/>.</summary>
    /// <exception cref="BerthException">
    /// NotFound: no such image. BadRequest: it has a disk and no tree, or it may not be unpacked (the entry is named). NoSpace.
    /// </exception>
    public async Task EnsureTreeAsync(IStoragePool pool, string fingerprint, CancellationToken cancel)
    {
        if (pool.HasImageTree(fingerprint))
        {
            return;
        }

        var image = store.FindAnywhere(fingerprint);
        if (image.HasDisk)
        {
            throw BerthException.BadRequest($"image {image.ShortFingerprint} carries a disk and starts only machines: launch it with --vm");
        }

        await pool.AddImageTreeAsync(fingerprint, (directory, stop) => UnpackAsync(image, directory, stop), cancel);
    }

    /// <summary>Makes sure that the image's disk, and kernel and initrd where it boots directly, are in the pool.</summary>
    /// <exception cref="BerthException">As <see cref="EnsureTreeAsync"/>; BadRequest: the tree has no kernel.</exception>
    public async Task<MachineImage> EnsureDiskAsync(IStoragePool pool, string fingerprint, CancellationToken cancel)
    {
        if (pool.HasImageDisk(fingerprint) && await ReadDescriptionAsync(pool, fingerprint, cancel) is { } known)
        {
            return known;
        }

        var image = store.FindAnywhere(fingerprint);
        if (!image.HasDisk)
        {
            await EnsureTreeAsync(pool, fingerprint, cancel);
        }

        await pool.AddImageDiskAsync(fingerprint, (disk, stop) => MakeDiskAsync(pool, image, disk, stop), cancel);
        return await ReadDescriptionAsync(pool, fingerprint, cancel)
            ?? throw BerthException.Internal(
                $"pool {pool.Record.Name} has the disk of image {image.ShortFingerprint} without its {DescriptionFile}: delete the image and import it again");
    }

    private async Task UnpackAsync(ImageRecord image, string directory, CancellationToken cancel)
    {
        await VerifyAsync(image, cancel);
        var path = store.FilePath(image.Fingerprint, image.Content.Name);
        var limits = TreeLimits.For(directory);
        if (image.Content.Kind == ImageContentKind.Squashfs)
        {
            await SquashfsReader.UnpackAsync(path, directory, limits, cancel);
            return;
        }

        await using var archive = ArchiveStream.Open(path, Compression.Named(image.Content.Compression));
        var root = image.Content.Kind == ImageContentKind.UnifiedTree ? "rootfs" : "";
        await TreeUnpacker.UnpackAsync(archive, root, directory, limits, cancel);
    }

    private async Task MakeDiskAsync(IStoragePool pool, ImageRecord image, string disk, CancellationToken cancel)
    {
        var files = pool.ImageDirectory(image.Fingerprint);
        Directory.CreateDirectory(files);
        MachineImageRecord made;
        if (image.HasDisk)
        {
            await VerifyAsync(image, cancel);
            made = await DiskConverter.ConvertAsync(image, store.FilePath(image.Fingerprint, image.Content.Name), disk, cancel);
            if (image.Files[0] is { Kind: ImageContentKind.MetadataTarball or ImageContentKind.UnifiedDisk } first)
            {
                made = await BootFiles.AddAsync(made, store.FilePath(image.Fingerprint, first.Name), Compression.Named(first.Compression), files, cancel);
            }
        }
        else
        {
            made = await MachineDiskBuilder.BuildAsync(image, pool.ImageTree(image.Fingerprint), disk, files, cancel);
        }

        // Before the pool publishes the disk: whoever finds the disk finds this too.
        var description = Path.Combine(files, DescriptionFile);
        await File.WriteAllBytesAsync(description + ".new", JsonSerializer.SerializeToUtf8Bytes(made, ImageJson.Default.MachineImageRecord), cancel);
        File.Move(description + ".new", description, overwrite: true);
    }

    private static async Task<MachineImage?> ReadDescriptionAsync(IStoragePool pool, string fingerprint, CancellationToken cancel)
    {
        var files = pool.ImageDirectory(fingerprint);
        var description = Path.Combine(files, DescriptionFile);
        if (!File.Exists(description))
        {
            return null;
        }

        var json = await File.ReadAllBytesAsync(description, cancel);
        var made = JsonSerializer.Deserialize(json, ImageJson.Default.MachineImageRecord)!;
        return new MachineImage(
            made.Kernel is null ? null : Path.Combine(files, made.Kernel),
            made.Initrd is null ? null : Path.Combine(files, made.Initrd),
            made.CommandLine,
            made.VirtualSize);
    }

    /// <summary>The files are what was imported: a disk that lies is found here, not in a running instance.</summary>
    private async Task VerifyAsync(ImageRecord image, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var file in image.Files)
        {
            await using var stream = new FileStream(store.FilePath(image.Fingerprint, file.Name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
            while (await stream.ReadAsync(buffer, cancel) is > 0 and var n)
            {
                hash.AppendData(buffer, 0, n);
            }
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != image.Fingerprint)
        {
            throw BerthException.Internal($"the files of image {image.ShortFingerprint} have changed since the import: delete it and import it again");
        }
    }
}
