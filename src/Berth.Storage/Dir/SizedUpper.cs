using Berth.Core;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Storage.Dir;

/// <summary>
/// A root's upper directory in a filesystem of its own: ext4 in a sparse file, so that the kernel enforces the size and <c>df</c>
/// inside shows it. It is mounted nowhere: the overlay holds it, and with the overlay the mount and the loop device go.
/// </summary>
internal static partial class SizedUpper
{
    private const string FileName = "root.ext4";

    /// <summary>Below that ext4 has no room for a journal.</summary>
    private const long Smallest = 16L << 20;

    private const long Unit = 4096;

    public static bool Has(string directory) => File.Exists(FileIn(directory));

    /// <param name="content">A directory that the filesystem starts with a copy of; null for an empty one.</param>
    /// <exception cref="BerthException">BadRequest: too small; NoSpace.</exception>
    public static async Task CreateAsync(string directory, long size, string? content, CancellationToken cancel)
    {
        if (size < Smallest)
        {
            throw BerthException.BadRequest($"A size of {size} bytes is too small: the least is {Smallest} bytes (16 MiB)");
        }

        var file = FileIn(directory);
        using (var handle = File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(handle, size / Unit * Unit);
        }

        // No blocks for the host's root; tables and journal are zero in a new sparse file already. Blocks of 4 KiB also where it is small:
        // a loop device on a file that shares its blocks with a snapshot has none that are smaller.
        string[] options = ["-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"];
        string[] copied = content is null ? [] : ["-d", content];
        await Spawner.RunCheckedAsync(["mke2fs", .. options, .. copied, file], null, cancel);
    }

    /// <summary>Moves it to another volume's directory, as one step.</summary>
    public static void Move(string from, string to) => File.Move(FileIn(from), FileIn(to));

    /// <summary>Its filesystem as a detached mount; mounted twice, it is the same one.</summary>
    public static SafeFileHandle Mount(string directory)
    {
        using var device = LoopDevice.Share(FileIn(directory));
        return MountApi.CreateFileSystem("ext4", [new("source", device.Path), new("discard", null)], MountAttributes.NoDevices);
    }

    /// <summary>Grows the filesystem, mounted or not.</summary>
    /// <exception cref="BerthException">BadRequest: it would shrink. Unsupported: it runs, and the host does not allow it then.</exception>
    public static async Task GrowAsync(string directory, long size, CancellationToken cancel)
    {
        var file = FileIn(directory);
        var now = Size(directory);
        if (size < now)
        {
            throw BerthException.BadRequest(
                $"The size cannot shrink from {now} to {size} bytes in a pool of the driver dir: it is that of a filesystem. "
                + "Copy the files to a new instance or volume, or use a btrfs pool");
        }

        var attached = LoopDevice.IsAttached(file);
        SetLength(file, size / Unit * Unit);
        try
        {
            GrowMounted(directory, size);
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM && !attached)
        {
            // Without CAP_SYS_RESOURCE ext4 grows only while nobody has it mounted.
            await CheckFileSystemAsync(file, cancel);
            await Spawner.RunCheckedAsync(["resize2fs", file], null, cancel);
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM)
        {
            SetLength(file, now);
            using var device = LoopDevice.Share(file);
            device.UpdateCapacity();
            throw new BerthException(ErrorKind.Unsupported,
                "The filesystem cannot grow while a running instance uses it: this host gives Berth no CAP_SYS_RESOURCE. Stop the instance first", e);
        }
    }

    public static (long Used, long Total) Usage(string directory)
    {
        using var mount = Mount(directory);
        var status = FileOperations.StatFileSystem(Fd.ProcPath(mount));
        return (status.Size - status.Available, status.Size);
    }

    /// <summary>Bytes of the file, which is the size that was asked for.</summary>
    public static long Size(string directory) => new FileInfo(FileIn(directory)).Length;

    /// <summary>What resize2fs wants to have been done. Exit code 1 says that something was corrected, such as a missing lost+found.</summary>
    private static async Task CheckFileSystemAsync(string file, CancellationToken cancel)
    {
        var result = await Spawner.RunAsync(["e2fsck", "-f", "-p", file], null, cancel);
        if (result.Status.Code > 1)
        {
            throw BerthException.Internal($"e2fsck finds {file} damaged ({result.Status}): {result.Stdout.Trim()}");
        }
    }

    private static void GrowMounted(string directory, long size)
    {
        using var device = LoopDevice.Share(FileIn(directory));
        device.UpdateCapacity();
        using var mount = Mount(directory);
        Ext4.Grow(mount, size);
    }

    private static void SetLength(string file, long size)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.SetLength(handle, size);
    }

    private static string FileIn(string directory) => Path.Combine(directory, FileName);
}
