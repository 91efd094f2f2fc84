using System.Formats.Tar;
using Berth.Core.Images.Disks;
using Berth.Core.Images.Metadata;

namespace Berth.Core.Images.Publishing;

/// <summary>The first entries of an image: its description, its templates, and for machines what they boot.</summary>
/// <param name="Templates">Files of the directory templates.</param>
/// <param name="Boot">Null for containers, and for machines that boot by their firmware.</param>
internal sealed record ImageHead(ImageMetadata Metadata, IReadOnlyList<(string Name, byte[] Content)> Templates, MachineImage? Boot)
{
    private const int EndMark = 1024;

    /// <summary>Entries without the mark of an archive's end: others may follow.</summary>
    public async Task WriteAsync(Stream output, CancellationToken cancel)
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            await AddAsync(tar, "metadata.yaml", new MemoryStream(MetadataWriter.Write(Metadata)), cancel);
            foreach (var (name, content) in Templates)
            {
                await AddAsync(tar, "templates/" + name, new MemoryStream(content), cancel);
            }

            if (Boot?.Kernel is { } kernel)
            {
                await AddFileAsync(tar, BootFiles.Kernel, kernel, cancel);
                if (Boot.Initrd is { } initrd)
                {
                    await AddFileAsync(tar, BootFiles.Initrd, initrd, cancel);
                }

                await AddAsync(tar, BootFiles.CommandLine, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Boot.CommandLine)), cancel);
            }
        }

        await output.WriteAsync(archive.GetBuffer().AsMemory(0, (int)archive.Length - EndMark), cancel);
    }

    /// <summary>An archive of nothing else.</summary>
    public async Task WriteWholeAsync(Stream output, CancellationToken cancel)
    {
        await WriteAsync(output, cancel);
        await output.WriteAsync(new byte[EndMark], cancel);
    }

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
