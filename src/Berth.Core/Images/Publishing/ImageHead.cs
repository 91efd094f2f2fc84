using System.Formats.Tar;
using Berth.Core.Images.Disks;
using Berth.Core.Images.Metadata;

namespace Berth.Core.Images.Publishing;

/// <summary>The first entries of an image: its description, and for machines what they boot.</summary>
internal static class ImageHead
{
    private const int EndMark = 1024;

    /// <summary>Entries without the mark of an archive's end: others may follow.</summary>
    public static async Task WriteAsync(Stream output, ImageMetadata metadata, MachineImage? boot, CancellationToken cancel)
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            await AddAsync(tar, "metadata.yaml", new MemoryStream(MetadataWriter.Write(metadata)), cancel);
            if (boot?.Kernel is { } kernel)
            {
                await AddFileAsync(tar, BootFiles.Kernel, kernel, cancel);
                if (boot.Initrd is { } initrd)
                {
                    await AddFileAsync(tar, BootFiles.Initrd, initrd, cancel);
                }

                await AddAsync(tar, BootFiles.CommandLine, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(boot.CommandLine)), cancel);
            }
        }

        await output.WriteAsync(archive.GetBuffer().AsMemory(0, (int)archive.Length - EndMark), cancel);
    }

    public static ValueTask WriteEndAsync(Stream output, CancellationToken cancel) => output.WriteAsync(new byte[EndMark], cancel);

    private static async Task AddFileAsync(TarWriter tar, string name, string path, CancellationToken cancel)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await AddAsync(tar, name, file, cancel);
    }

    private static Task AddAsync(TarWriter tar, string name, Stream content, CancellationToken cancel) => tar.WriteEntryAsync(
        new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = content,
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        },
        cancel);
}
