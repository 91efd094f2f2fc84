using Berth.Core;
using Berth.Linux.Processes;
using Berth.Linux.Trees;

namespace Berth.Storage;

/// <summary>Machines' root disks: qcow2 overlays on the images' disks.</summary>
internal static class MachineDisks
{
    /// <summary>What an empty disk has when nobody says how large it shall be (as Incus).</summary>
    private const long DefaultSize = 10L * 1024 * 1024 * 1024;

    private static readonly TimeSpan ImportTimeout = TimeSpan.FromHours(6);

    public static void Create(string directory, string? imageDisk, long? size)
    {
        var least = imageDisk is null ? 0 : Qcow2.ReadVirtualSize(imageDisk);
        var bytes = RoundUp(size ?? (imageDisk is null ? DefaultSize : least));
        if (bytes < least)
        {
            throw BerthException.BadRequest($"A root disk of {size} bytes is too small: the image's disk has {least} bytes. Give at least that, or no size");
        }

        if (bytes == 0)
        {
            throw BerthException.BadRequest("A root disk of 0 bytes is of no use: give a size");
        }

        Qcow2.Create(Path.Combine(directory, PoolLayout.DiskFile), bytes, imageDisk);
    }

    /// <summary>Makes a disk from a raw one, which is larger or smaller than the size that was asked for: it is never cut.</summary>
    public static async Task ImportAsync(string directory, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel)
    {
        var raw = Path.Combine(directory, "import.raw");
        var disk = Path.Combine(directory, PoolLayout.DiskFile);
        await fill(raw, cancel);
        await Spawner.RunCheckedAsync(
            ["qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw, disk], new CommandOptions { Timeout = ImportTimeout }, cancel);
        File.SetUnixFileMode(disk, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Delete(raw);
        if (size > Qcow2.ReadVirtualSize(disk))
        {
            await ResizeAsync(directory, size, cancel);
        }
    }

    /// <summary>Grows the disk of a stopped machine.</summary>
    public static async Task ResizeAsync(string directory, long? size, CancellationToken cancel)
    {
        var disk = Path.Combine(directory, PoolLayout.DiskFile);
        var now = Qcow2.ReadVirtualSize(disk);
        var wanted = size is { } bytes ? RoundUp(bytes) : now;
        if (wanted < now)
        {
            throw BerthException.BadRequest(
                $"A root disk cannot shrink from {now} to {wanted} bytes: the guest's filesystem would lose its end. Copy the data to a new machine");
        }

        if (wanted > now)
        {
            await Spawner.RunCheckedAsync(["qemu-img", "resize", "-q", "-f", "qcow2", disk, wanted.ToString()], null, cancel);
        }
    }

    public static (long Used, long Total) Usage(string directory)
    {
        var disk = Path.Combine(directory, PoolLayout.DiskFile);
        return (TreeUsage.OfFile(disk), Qcow2.ReadVirtualSize(disk));
    }

    private static long RoundUp(long bytes) => checked((bytes + Qcow2.SectorSize - 1) / Qcow2.SectorSize * Qcow2.SectorSize);
}
