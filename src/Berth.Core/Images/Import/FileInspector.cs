using Berth.Core.Images.Archives;
using Berth.Core.Images.Disks;

namespace Berth.Core.Images.Import;

/// <summary>Finds out what a received file is, by its content alone, and whether it may be an image.</summary>
internal static class FileInspector
{
    /// <summary>Enough to see an ISO's or a filesystem's mark.</summary>
    private const int HeadLength = 36 << 10;

    /// <exception cref="BerthException">BadRequest: unknown, damaged or hostile.</exception>
    public static async Task<InspectedFile> InspectAsync(StagedFile file, CancellationToken cancel)
    {
        var head = await ReadHeadAsync(file.Path, cancel);
        if (head.AsSpan().StartsWith("hsqs"u8))
        {
            await SquashfsReader.CheckAsync(file.Path, TreeLimits.ForScan(file.Size), cancel);
            return Plain(file, ImageContentKind.Squashfs);
        }

        if (DiskInspector.Detect(head) is { } disk)
        {
            await DiskInspector.CheckAsync(file.Path, disk, cancel);
            return Plain(file, disk);
        }

        var compression = Compression.Detect(head);
        return compression == Compression.None && !LooksLikeTar(head)
            ? throw BerthException.BadRequest(
                $"{(file.Filename.Length == 0 ? "the file" : file.Filename)} is no image: expected is a tarball (plain or compressed), a squashfs, or a qcow2 or raw disk")
            : await ArchiveScan.RunAsync(file, compression, cancel);
    }

    private static InspectedFile Plain(StagedFile file, ImageContentKind kind) =>
        new(new ImageFile { Name = "", Kind = kind, Compression = "none", Size = file.Size, Sha256 = file.Sha256 }, null);

    private static bool LooksLikeTar(ReadOnlySpan<byte> head) =>
        head.Length >= TarHeader.Size && new TarHeader(head[..TarHeader.Size]) is var header && !header.IsZero && header.ChecksumFits();

    private static async Task<byte[]> ReadHeadAsync(string path, CancellationToken cancel)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        var head = new byte[HeadLength];
        var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
        return head[..length];
    }
}
