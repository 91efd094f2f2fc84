using Berth.Core.Images.Archives;
using Berth.Linux.Processes;

namespace Berth.Core.Images.Disks;

/// <summary>
/// Makes the pool's disk from an image that carries one. It is always written anew: nothing of a stranger's header reaches the disk
/// that machines open. Such images boot by their firmware.
/// </summary>
internal static class DiskConverter
{
    private static readonly TimeSpan Timeout = TimeSpan.FromHours(1);

    /// <param name="source">The image's file.</param>
    /// <param name="disk">The qcow2 that is to be made; its directory takes temporary files.</param>
    public static async Task<MachineImageRecord> ConvertAsync(ImageRecord image, string source, string disk, CancellationToken cancel)
    {
        var inner = disk + ".unpacked";
        try
        {
            var kind = image.Content.Kind;
            if (kind == ImageContentKind.UnifiedDisk)
            {
                await ExtractAsync(source, Compression.Named(image.Content.Compression), inner, cancel);
                kind = await DetectAsync(inner, cancel);
                source = inner;
            }

            var size = await DiskInspector.CheckAsync(source, kind, cancel);
            var room = TreeLimits.For(Path.GetDirectoryName(disk)!).MaxBytes;
            await Tool.RunConfinedAsync(
                ["qemu-img", "convert", "-q", .. DiskInspector.ImageOptions(source, kind), "-O", "qcow2", disk],
                room, new CommandOptions { Timeout = Timeout }, cancel);
            return new MachineImageRecord { CommandLine = "", VirtualSize = size };
        }
        finally
        {
            File.Delete(inner);
        }
    }

    private static async Task<ImageContentKind> DetectAsync(string path, CancellationToken cancel)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        var head = new byte[36 << 10];
        var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
        return DiskInspector.Detect(head.AsSpan(0, length))
            ?? throw BerthException.BadRequest("the image's rootfs.img is neither a qcow2 nor a raw disk");
    }

    private static async Task ExtractAsync(string archive, Compression compression, string target, CancellationToken cancel)
    {
        var room = TreeLimits.For(Path.GetDirectoryName(target)!).MaxBytes;
        await using var stream = ArchiveStream.Open(archive, compression);
        using var tar = new TarReader(stream);
        while (await tar.NextAsync(cancel) is { } entry)
        {
            if (entry.Kind == TarEntryKind.File && entry.Path is "rootfs.img" or "./rootfs.img")
            {
                if (entry.Segments.Sum(segment => segment.Length) > room)
                {
                    throw new BerthException(ErrorKind.NoSpace, $"the image's disk does not fit: {DiskRoom.Show(room)} may be used here");
                }

                using var file = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write);
                await TreeUnpacker.WriteContentAsync(tar, entry, file, new byte[1 << 20], cancel);
                return;
            }
        }

        throw BerthException.BadRequest("the image has no rootfs.img");
    }
}
