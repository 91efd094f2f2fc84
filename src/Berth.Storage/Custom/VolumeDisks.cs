using Berth.Core;
using Berth.Core.Storage.Volumes;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Trees;

namespace Berth.Storage.Custom;

/// <summary>Block and ISO volumes: raw files with holes.</summary>
internal static class VolumeDisks
{
    private const int OwnerOnly = 0x180;
    private const int OwnerReads = 0x100;

    /// <summary>The largest file that every filesystem below a pool takes.</summary>
    private const long Largest = 16L << 40;

    public static string FileIn(string directory, VolumeContent content) => Path.Combine(directory, content == VolumeContent.Iso ? "disk.iso" : "disk.raw");

    public static async Task CreateAsync(
        string directory, VolumeContent content, long? size, Func<string, CancellationToken, Task>? fill, CancellationToken cancel)
    {
        var file = FileIn(directory, content);
        if (RoundUp(size ?? 0) > Largest)
        {
            throw BerthException.BadRequest($"A volume of {size} bytes is too large: the most is {Largest} bytes (16 TiB)");
        }

        using (Fd.Open(file, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, OwnerOnly))
        {
        }

        if (fill is not null)
        {
            await fill(file, cancel);
        }

        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(handle);
        if (size is { } bytes)
        {
            if (length > RoundUp(bytes))
            {
                throw BerthException.BadRequest($"The content has {length} bytes, more than the size of {bytes} bytes: give a larger size, or none");
            }

            length = RoundUp(bytes);
        }

        RandomAccess.SetLength(handle, content == VolumeContent.Block ? RoundUp(length) : length);
        if (content == VolumeContent.Iso)
        {
            File.SetUnixFileMode(handle, (UnixFileMode)OwnerReads);
        }

        FileOperations.Sync(handle);
    }

    public static void Copy(string from, string to, VolumeContent content, bool inUse, CancellationToken cancel)
    {
        using var source = Fd.Open(FileIn(from, content), OpenFlags.ReadOnly);
        using var target = Fd.Open(
            FileIn(to, content), OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, content == VolumeContent.Iso ? OwnerReads : OwnerOnly);
        if (!inUse || content == VolumeContent.Iso)
        {
            FileCopy.Copy(source, target, null, cancel);
        }
        else if (!FileCopy.TryReflink(source, target))
        {
            throw BerthException.Conflict(
                "The volume is in use by a running instance, and this pool's filesystem cannot copy it at one instant. Stop the instance first, or keep the volume "
                + "in a btrfs pool (or on xfs)");
        }
    }

    public static void Resize(string directory, VolumeContent content, long? size, bool inUse)
    {
        var file = FileIn(directory, content);
        var now = new FileInfo(file).Length;
        var wanted = RoundUp(size ?? now);
        if (content == VolumeContent.Iso && wanted != now)
        {
            throw BerthException.BadRequest("An ISO volume has the size of its image, which cannot be changed");
        }

        if (wanted < now)
        {
            throw BerthException.BadRequest($"A block volume cannot shrink from {now} to {wanted} bytes: what is on it would lose its end. Copy the data to a smaller one");
        }

        if (wanted > now && inUse)
        {
            throw BerthException.Unsupported("A block volume cannot grow while a running instance uses it: stop the instance first");
        }

        if (wanted > Largest)
        {
            throw BerthException.BadRequest($"A volume of {wanted} bytes is too large: the most is {Largest} bytes (16 TiB)");
        }

        if (wanted > now)
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.SetLength(handle, wanted);
        }
    }

    public static (long Used, long Total) Usage(string directory, VolumeContent content)
    {
        var file = FileIn(directory, content);
        return (TreeUsage.OfFile(file), new FileInfo(file).Length);
    }

    private static long RoundUp(long bytes) => checked((bytes + Qcow2.SectorSize - 1) / Qcow2.SectorSize * Qcow2.SectorSize);
}
