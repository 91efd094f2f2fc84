using System.Text;
using Berth.Core.Images.Archives;

namespace Berth.Core.Images.Disks;

/// <summary>
/// Kernel, initial ramdisk and command line beside the disk of an image that Berth published: such a disk has no boot loader. They are
/// the first entries of the image's first archive.
/// </summary>
internal static class BootFiles
{
    public const string Kernel = "boot/kernel";
    public const string Initrd = "boot/initrd";
    public const string CommandLine = "boot/cmdline";

    private const long MaxFile = 1L << 30;
    private const int MaxCommandLine = 2048;

    public static bool IsOne(string name) => name is Kernel or Initrd or CommandLine;

    /// <summary>Takes them out into a directory; an image without them boots by its firmware.</summary>
    public static async Task<MachineImageRecord> AddAsync(MachineImageRecord made, string archive, Compression compression, string directory, CancellationToken cancel)
    {
        await using var stream = ArchiveStream.Open(archive, compression);
        using var tar = new TarReader(stream);
        while (await tar.NextAsync(cancel) is { } entry && entry.Path is not ("rootfs.img" or "./rootfs.img"))
        {
            if (entry.Kind != TarEntryKind.File || !IsOne(entry.Path))
            {
                continue;
            }

            if (entry.Size > MaxFile)
            {
                throw BerthException.BadRequest($"the image's {entry.Path} has {DiskRoom.Show(entry.Size)}; accepted are {DiskRoom.Show(MaxFile)}");
            }

            made = entry.Path switch
            {
                Kernel => made with { Kernel = await SaveAsync(tar, directory, "kernel", cancel) },
                Initrd => made with { Initrd = await SaveAsync(tar, directory, "initrd", cancel) },
                _ => made with { CommandLine = await ReadLineAsync(tar, cancel) },
            };
        }

        return made;
    }

    private static async Task<string> SaveAsync(TarReader tar, string directory, string name, CancellationToken cancel)
    {
        await using var file = new FileStream(Path.Combine(directory, name), FileMode.Create, FileAccess.Write);
        var buffer = new byte[64 << 10];
        while (await tar.ReadDataAsync(buffer, cancel) is > 0 and var read)
        {
            await file.WriteAsync(buffer.AsMemory(0, read), cancel);
        }

        return name;
    }

    private static async Task<string> ReadLineAsync(TarReader tar, CancellationToken cancel)
    {
        var buffer = new byte[MaxCommandLine + 1];
        var length = 0;
        while (length < buffer.Length && await tar.ReadDataAsync(buffer.AsMemory(length), cancel) is > 0 and var read)
        {
            length += read;
        }

        var line = Encoding.UTF8.GetString(buffer, 0, length);
        return length <= MaxCommandLine && !line.Any(char.IsControl)
            ? line
            : throw BerthException.BadRequest($"the image's {CommandLine} is no kernel command line of up to {MaxCommandLine} characters");
    }
}
