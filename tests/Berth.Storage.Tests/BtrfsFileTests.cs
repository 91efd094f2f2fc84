using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Storage;
using Berth.Linux.Files;
using Berth.Storage.Btrfs;
using Microsoft.Extensions.Logging.Abstractions;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

/// <summary>btrfs pools in a file that Berth makes.</summary>
public sealed class BtrfsFileTests : IDisposable
{
    private const InstanceKind Container = InstanceKind.Container;
    private readonly string _pools = Directory.CreateTempSubdirectory("berth-storage-").FullName;

    private BtrfsDriver Driver => new(_pools, NullLogger<BtrfsDriver>.Instance);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        // The kernel closes a loop device a moment after the filesystem's last user has gone.
        SpinWait.SpinUntil(() => Host.Leftovers(_pools).Length == 0, TimeSpan.FromSeconds(10));
        Assert.Equal("", Host.Leftovers(_pools));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_pools));
        Directory.Delete(_pools);
    }

    [Fact]
    public async Task A_pool_is_made_mounted_closed_and_opened_again()
    {
        var (record, pool) = await MakeAsync();
        Assert.Equal(Path.Combine(_pools, "fast.img"), record.Config["source"]);
        Assert.Equal("1GiB", record.Config["size"]);
        Assert.InRange(pool.GetSpace().TotalBytes, 900L << 20, 1L << 30);
        await pool.AddImageTreeAsync(Image, FillAsync, Cancel);
        await pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        using (var running = await pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            await pool.CloseAsync(Cancel);
            Assert.Equal((0, "image"), await Host.InsideAsync(running, Base, "cat etc/hostname && echo kept > file"));
            pool = await Driver.OpenAsync(record, Cancel);
            using var again = await pool.MountContainerRootAsync("c1", Base, Cancel);
            Assert.Equal((0, "kept"), await Host.InsideAsync(again, Base, "cat file"));
        }

        await pool.DeleteAsync("c1", Container, Cancel);
        await pool.DestroyAsync(Cancel);
    }

    [Fact]
    public async Task The_default_directory_means_a_file_where_it_is_not_on_btrfs()
    {
        Assert.Equal("dir", StorageDrivers.Auto(_pools));
        var wanted = Record() with { Config = Record().Config.SetItem("source", Path.Combine(_pools, "fast")) };
        Assert.Null(Driver.WhyNot(wanted.Config));

        var made = await Driver.CreateAsync(wanted, Cancel);

        Assert.Equal(Path.Combine(_pools, "fast.img"), made.Config["source"]);
        var pool = await Driver.OpenAsync(made, Cancel);
        Assert.Equal("btrfs", StorageDrivers.Auto(Path.Combine(_pools, "fast")));
        await pool.DestroyAsync(Cancel);
    }

    [Fact]
    public async Task A_daemon_that_was_killed_left_it_mounted()
    {
        var (record, pool) = await MakeAsync();
        await pool.AddImageTreeAsync(Image, FillAsync, Cancel);
        await pool.CloseAsync(Cancel);
        var home = new LoopHome(Path.Combine(_pools, "fast.img"), Path.Combine(_pools, "fast"));
        home.Mount();
        home.Mount();

        pool = await Driver.OpenAsync(record, Cancel);

        Assert.True(pool.HasImageTree(Image));
        await pool.DestroyAsync(Cancel);
    }

    [Fact]
    public async Task A_file_that_was_half_made_is_made_again()
    {
        await File.WriteAllTextAsync(Path.Combine(_pools, "fast.img.new"), "half", Cancel);
        var (record, pool) = await MakeAsync();
        await pool.AddImageTreeAsync(Image, FillAsync, Cancel);

        Assert.Equal(record, await Driver.CreateAsync(record, Cancel));
        Assert.True(pool.HasImageTree(Image));
        await pool.DestroyAsync(Cancel);
    }

    [Fact]
    public async Task A_size_counts_what_the_container_wrote_alone()
    {
        var (_, pool) = await MakeAsync();
        var mode = Berth.Linux.Files.Btrfs.QuotaMode(Path.Combine(_pools, "fast"));
        await pool.AddImageTreeAsync(Image, async (tree, cancel) =>
        {
            await FillAsync(tree, cancel);
            await File.WriteAllBytesAsync(Path.Combine(tree, "big.bin"), new byte[100 << 20], cancel);
        }, Cancel);
        await pool.CreateContainerRootAsync("c1", Image, Base, mode == BtrfsQuotaMode.Simple ? 50L << 20 : 150L << 20, Cancel);
        using (var root = await pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal((0, ""), await Host.InsideAsync(root, Base, "head -c 40M /dev/urandom > one && sync -f ."));
            Assert.NotEqual(0, (await Host.InsideAsync(root, Base, "head -c 40M /dev/urandom > two && sync -f .")).Code);
        }

        await pool.DeleteAsync("c1", Container, Cancel);
        await pool.DestroyAsync(Cancel);
    }

    [Fact]
    public async Task Subvolumes_that_a_container_made_go_with_it()
    {
        var (_, pool) = await MakeAsync();
        await pool.AddImageTreeAsync(Image, FillAsync, Cancel);
        await pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        using (var root = await pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal(0, (await Host.InsideAsync(root, Base,
                "btrfs subvolume create var/one && touch var/one/file && btrfs subvolume create var/one/two && btrfs subvolume snapshot -r var/one/two var/three")).Code);
        }

        await pool.DeleteAsync("c1", Container, Cancel);
        await ((StoragePool)pool).WhenTrashEmptyAsync().WaitAsync(TimeSpan.FromMinutes(1), Cancel);

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_pools, "fast", "trash")));
        await pool.DestroyAsync(Cancel);
    }

    [Fact]
    public async Task A_machines_disk_is_written_in_place()
    {
        var (_, pool) = await MakeAsync();
        await pool.CreateMachineDiskAsync("m1", null, 1L << 30, Cancel);

        Assert.Contains("C", (await Host.RunAsync("lsattr", pool.MachineDisk("m1"))).Split(' ')[0], StringComparison.Ordinal);
        await pool.CopyAsync("m1", "m2", InstanceKind.Machine, 0, 0, Cancel);
        Assert.Contains("No errors", await Host.RunAsync("qemu-img", "check", pool.MachineDisk("m2")), StringComparison.Ordinal);
        await pool.DeleteAsync("m1", InstanceKind.Machine, Cancel);
        await pool.DeleteAsync("m2", InstanceKind.Machine, Cancel);
        await pool.DestroyAsync(Cancel);
    }

    [Theory]
    [InlineData("size", "10MiB")]
    [InlineData("size", "much")]
    [InlineData("size", "-1")]
    [InlineData("source", "relative")]
    [InlineData("source", "/proc")]
    [InlineData("btrfs.mount_options", "compress")]
    public async Task A_configuration_that_cannot_be_makes_nothing(string key, string value)
    {
        var record = Record();
        var e = await Assert.ThrowsAsync<BerthException>(() => Driver.CreateAsync(record with { Config = record.Config.SetItem(key, value) }, Cancel));
        Assert.Equal(ErrorKind.BadRequest, e.Kind);
    }

    private static PoolRecord Record()
    {
        var record = new PoolRecord { Name = "fast", Driver = "btrfs" };
        return record with { Config = record.Config.SetItem("size", "1GiB") };
    }

    private async Task<(PoolRecord Record, IStoragePool Pool)> MakeAsync()
    {
        var record = await Driver.CreateAsync(Record(), Cancel);
        return (record, await Driver.OpenAsync(record, Cancel));
    }
}
