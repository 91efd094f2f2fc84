using Berth.Core;
using Berth.Core.Storage.Volumes;
using Berth.Linux;
using Microsoft.Win32.SafeHandles;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

/// <summary>Custom volumes.</summary>
public abstract partial class PoolConformance
{
    private const VolumeContent Files = VolumeContent.Filesystem;

    [Fact]
    public async Task A_volume_is_shared_by_containers_with_ids_of_their_own()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        var before = Host.Leftovers(fixture.Root);
        await test.Pool.Custom.CreateFilesystemAsync("default_v", null, new(1000, 1000, (UnixFileMode)0x1e8), null, Cancel);
        using (var one = await test.Pool.Custom.MountAsync("default_v", null, Base, false, Cancel))
        using (var other = await test.Pool.Custom.MountAsync("default_v", null, Base + 65536, false, Cancel))
        {
            Assert.Equal((0, $"{Base + 1000}:{Base + 1000} 750"), await Host.InsideAsync(one, Base + 1000, "echo mine > f; stat -c '%u:%g %a' ."));
            Assert.Equal((0, $"mine {Base + 65536 + 1000}"), await Host.InsideAsync(other, Base + 65536 + 1000, "echo $(cat f) $(stat -c %u f)"));
        }

        using var plain = await test.Pool.Custom.MountAsync("default_v", null, null, true, Cancel);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(Fd.ProcPath(plain), "f"), Cancel));
        Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(Fd.ProcPath(plain), "g"), ""));
        plain.Dispose();
        await test.Pool.Custom.ResizeAsync("default_v", Files, null, inUse: false, Cancel);
        Assert.Equal(before, Host.Leftovers(fixture.Root));
        test.Pool.Custom.Delete("default_v");
    }

    [Fact]
    public async Task The_size_of_a_volume_is_a_hard_limit_and_grows()
    {
        const long size = 32 << 20;
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.Custom.CreateFilesystemAsync("default_v", size, new(), null, Cancel);
        using (var mount = await test.Pool.Custom.MountAsync("default_v", null, Base, false, Cancel))
        {
            Assert.Equal((0, ""), await Host.InsideAsync(mount, Base, "ls -A"));
            var (code, output) = await Host.InsideAsync(mount, Base, "head -c 64M /dev/urandom > big");
            Assert.NotEqual(0, code);
            Assert.Matches("No space left|quota exceeded", output);
            Assert.Equal(0, (await Host.InsideAsync(mount, Base, "rm big; sync")).Code);
        }

        await test.Pool.Custom.ResizeAsync("default_v", Files, 4 * size, inUse: false, Cancel);

        using var grown = await test.Pool.Custom.MountAsync("default_v", null, Base, false, Cancel);
        Assert.Equal((0, ""), await Host.InsideAsync(grown, Base, "ls -A; head -c 64M /dev/urandom > big"));
        var (used, total) = await test.Pool.Custom.GetUsageAsync("default_v", Files, Cancel);
        Assert.InRange(total, 3 * size, 4 * size);
        Assert.InRange(used, 0, total);
        grown.Dispose();
        test.Pool.Custom.Delete("default_v");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(32L << 20)]
    public async Task A_volume_goes_back_to_its_snapshot(long? size)
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        var volumes = test.Pool.Custom;
        await volumes.CreateFilesystemAsync("default_v", size, new(), FillWith("old"), Cancel);
        await volumes.SnapshotAsync("default_v", "s", Files, inUse: false, Cancel);
        await WriteAsync(volumes, "default_v", "new");

        Assert.Equal("old", await ReadAsync(volumes, "default_v", "s"));
        await Fails(ErrorKind.Conflict, volumes.SnapshotAsync("default_v", "s", Files, inUse: false, Cancel));
        await volumes.CopyAsync("default_v", "s", "default_w", Files, inUse: false, Cancel);
        Assert.Equal("old", await ReadAsync(volumes, "default_w", null));
        await volumes.RestoreAsync("default_v", "s", Files, Cancel);
        Assert.Equal("old", await ReadAsync(volumes, "default_v", null));
        volumes.RenameSnapshot("default_v", "s", "t");
        volumes.Rename("default_v", "default_x");
        await test.ReopenAsync();
        volumes = test.Pool.Custom;
        Assert.Equal(["t"], volumes.Snapshots("default_x"));
        volumes.DeleteSnapshot("default_x", "t");
        volumes.DeleteSnapshot("default_x", "t");
        Assert.Equal("old", await ReadAsync(volumes, "default_x", null));
        Assert.Equal(["default_w", "default_x"], volumes.List().Order());
        volumes.Delete("default_w");
        volumes.Delete("default_x");
    }

    [Fact]
    public async Task A_disk_has_its_size_its_snapshots_and_no_smaller_one()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        var volumes = test.Pool.Custom;
        await volumes.CreateBlockAsync("default_b", VolumeContent.Block, 1 << 20, null, Cancel);
        await File.WriteAllBytesAsync(volumes.DiskPath("default_b", null, VolumeContent.Block) + "", new byte[1 << 20], Cancel);
        await volumes.SnapshotAsync("default_b", "s", VolumeContent.Block, inUse: false, Cancel);
        using (var disk = File.OpenHandle(volumes.DiskPath("default_b", null, VolumeContent.Block), FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(disk, "changed"u8, 0);
        }

        await volumes.ResizeAsync("default_b", VolumeContent.Block, 2 << 20, inUse: false, Cancel);
        await Fails(ErrorKind.BadRequest, CallAsync(() => volumes.ResizeAsync("default_b", VolumeContent.Block, 1 << 20, inUse: false, Cancel)));
        await Fails(ErrorKind.Unsupported, CallAsync(() => volumes.ResizeAsync("default_b", VolumeContent.Block, 4 << 20, inUse: true, Cancel)));
        Assert.Equal((2 << 20), (await volumes.GetUsageAsync("default_b", VolumeContent.Block, Cancel)).Total);
        await volumes.RestoreAsync("default_b", "s", VolumeContent.Block, Cancel);
        Assert.Equal(new byte[1 << 20], await File.ReadAllBytesAsync(volumes.DiskPath("default_b", null, VolumeContent.Block), Cancel));
        volumes.Delete("default_b");
    }

    [Fact]
    public async Task A_volume_that_fails_while_it_is_made_leaves_nothing()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        var before = Host.Leftovers(fixture.Root);
        var volumes = test.Pool.Custom;

        await Assert.ThrowsAsync<InvalidOperationException>(() => volumes.CreateFilesystemAsync(
            "default_v", 32 << 20, new(), (_, _) => throw new InvalidOperationException(), Cancel));
        await Fails(ErrorKind.BadRequest, CallAsync(() => volumes.CreateFilesystemAsync("..", null, new(), null, Cancel)));
        await Fails(ErrorKind.NotFound, CallAsync(() => volumes.MountAsync("default_v", null, null, false, Cancel)));
        await test.TrashEmptyAsync();

        Assert.Empty(volumes.List());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "custom")));
        Assert.Equal(before, Host.Leftovers(fixture.Root));
    }

    [Fact]
    public async Task What_a_crash_leaves_of_volumes_is_removed()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.Custom.CreateFilesystemAsync("default_v", null, new(), FillWith("whole"), Cancel);
        await test.Pool.CloseAsync(Cancel);
        var custom = Path.Combine(test.Directory, "custom");
        foreach (var half in (string[])[$"{custom}/.new-volume", $"{custom}/default_v/.new-data", $"{custom}/default_v/snapshots/.new-snapshot"])
        {
            Directory.CreateDirectory(half + "/data");
        }

        await test.OpenAsync();
        await test.TrashEmptyAsync();

        Assert.Empty(Directory.EnumerateDirectories(custom, ".new-*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = 0 }));
        Assert.Equal("whole", await ReadAsync(test.Pool.Custom, "default_v", null));
        test.Pool.Custom.Delete("default_v");
    }

    private static Func<string, CancellationToken, Task> FillWith(string text) => (directory, cancel) => File.WriteAllTextAsync(Path.Combine(directory, "f"), text, cancel);

    private static async Task WriteAsync(ICustomVolumes volumes, string volume, string text)
    {
        using var mount = await volumes.MountAsync(volume, null, null, false, Cancel);
        await File.WriteAllTextAsync(Path.Combine(Fd.ProcPath(mount), "f"), text, Cancel);
    }

    private static async Task<string> ReadAsync(ICustomVolumes volumes, string volume, string? snapshot)
    {
        using SafeFileHandle mount = await volumes.MountAsync(volume, snapshot, null, true, Cancel);
        return await File.ReadAllTextAsync(Path.Combine(Fd.ProcPath(mount), "f"), Cancel);
    }

    private static async Task CallAsync(Func<Task> call) => await call();
}
