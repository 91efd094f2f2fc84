using Berth.Core;
using Berth.Core.Storage;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Processes;
using Filesystem = Berth.Linux.Files.Btrfs;

namespace Berth.Storage.Btrfs;

/// <summary>A btrfs filesystem in a sparse file, mounted beside it.</summary>
/// <param name="file">The file, for example <c>…/storage-pools/fast.img</c>.</param>
/// <param name="mountPoint">For example <c>…/storage-pools/fast</c>.</param>
internal sealed class LoopHome(string file, string mountPoint) : IPoolHome
{
    private const long Gibibyte = 1L << 30;

    /// <summary>Below that mkfs.btrfs refuses.</summary>
    private const long Smallest = 128L << 20;

    /// <summary>Makes the file and its filesystem; complete under its name, or not there.</summary>
    /// <param name="size">Bytes; null: a fifth of what is free, 5 to 30 GiB (as Incus).</param>
    /// <returns>The size.</returns>
    public static async Task<long> CreateAsync(PoolRecord pool, string file, long? size, CancellationToken cancel)
    {
        if (File.Exists(file))
        {
            return new FileInfo(file).Length;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!, PoolLayout.Traversable);
        var bytes = size ?? Math.Clamp(FileOperations.StatFileSystem(Path.GetDirectoryName(file)!).Available / 5, 5 * Gibibyte, 30 * Gibibyte);
        if (bytes < Smallest)
        {
            throw BerthException.BadRequest($"A btrfs pool of {bytes} bytes is too small: the least is {Smallest} bytes (128 MiB)");
        }

        var half = file + ".new";
        File.Delete(half);
        try
        {
            using (var handle = File.OpenHandle(half, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.SetLength(handle, bytes);
            }

            File.SetUnixFileMode(half, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await Spawner.RunCheckedAsync(["mkfs.btrfs", "-q", "-m", "single", "-L", "berth-" + pool.Name, half], null, cancel);
            File.Move(half, file);
        }
        catch
        {
            File.Delete(half);
            throw;
        }

        return bytes;
    }

    /// <summary>Mounts it, unless a daemon before this one did.</summary>
    public void Mount()
    {
        Directory.CreateDirectory(mountPoint, PoolLayout.Traversable);
        if (MountTable.Read().At(mountPoint) is { FileSystem: "btrfs" })
        {
            return;
        }

        using var device = LoopDevice.Share(file);
        using var mount = MountApi.CreateFileSystem("btrfs",
        [
            new("source", device.Path),
            new("user_subvol_rm_allowed", null),
            new("discard", "async"),
        ]);
        MountApi.Move(mount, mountPoint);
        File.SetUnixFileMode(mountPoint, PoolLayout.Traversable);
        EnableQuota();
    }

    public Task ReleaseAsync(CancellationToken cancel) => Task.Run(Unmount, cancel);

    public Task GrowAsync(long size, CancellationToken cancel) => Task.Run(() =>
    {
        var now = new FileInfo(file).Length;
        if (size < now)
        {
            throw BerthException.BadRequest($"A pool in a file cannot shrink from {now} to {size} bytes. Move what is in it to a smaller pool");
        }

        using (var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.SetLength(handle, size);
        }

        using var device = LoopDevice.Share(file);
        device.UpdateCapacity();
        Filesystem.GrowToDevice(mountPoint);
    }, cancel);

    public Task DestroyAsync(CancellationToken cancel) => Task.Run(() =>
    {
        Unmount();
        File.Delete(file);
        Directory.Delete(mountPoint);
    }, cancel);

    private void Unmount()
    {
        if (MountTable.Read().At(mountPoint) is { FileSystem: "btrfs" })
        {
            MountApi.Unmount(mountPoint, detach: true);
        }
    }

    /// <summary>From the beginning, so that everything is counted; the filesystem is Berth's own, so it may be what only new kernels know.</summary>
    private void EnableQuota()
    {
        if (Filesystem.QuotaMode(mountPoint) != BtrfsQuotaMode.Disabled)
        {
            return;
        }

        try
        {
            Filesystem.EnableSimpleQuota(mountPoint);
        }
        catch (LinuxException e) when (e.Errno is Errno.EINVAL or Errno.EOPNOTSUPP)
        {
            // Before Linux 6.7: quota groups, from the first size on.
        }
    }
}
