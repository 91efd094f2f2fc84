using Berth.Core;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

public abstract partial class PoolConformance
{
    private static Task MakeDisk(string path, CancellationToken cancel) => Host.RunAsync("qemu-img", "create", "-q", "-f", "qcow2", path, "3G");

    [Theory]
    [InlineData(null, 3L << 30)]
    [InlineData((3L << 30) + 1, (3L << 30) + 512)]
    [InlineData(40L << 30, 40L << 30)]
    [InlineData(9L << 40, 9L << 40)]
    public async Task A_machines_disk_is_an_overlay_on_the_images(long? size, long expected)
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", Image, size, Cancel);
        var disk = test.Pool.MachineDisk("m1");

        Assert.Contains("No errors were found", await Host.RunAsync("qemu-img", "check", disk), StringComparison.Ordinal);
        var info = System.Text.Json.JsonDocument.Parse(await Host.RunAsync("qemu-img", "info", "--output=json", disk)).RootElement;
        Assert.Equal(expected, info.GetProperty("virtual-size").GetInt64());
        Assert.EndsWith($"images/{Image}/disk.qcow2", info.GetProperty("backing-filename").GetString(), StringComparison.Ordinal);
        Assert.Equal("qcow2", info.GetProperty("backing-filename-format").GetString());
        await Host.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 3M", "-c", "read -P 7 1M 3M", "-c", "read -P 0 5M 1M", disk);
        Assert.Contains("No errors were found", await Host.RunAsync("qemu-img", "check", disk), StringComparison.Ordinal);
        var (used, total) = (await test.Pool.GetUsageAsync("m1", Machine, count: true, Cancel))!.Value;
        Assert.InRange(used, 3L << 20, 5L << 20);
        Assert.Equal(expected, total);
    }

    [Fact]
    public async Task A_disk_smaller_than_its_image_is_refused_with_the_numbers()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);

        var e = await Fails(ErrorKind.BadRequest, test.Pool.CreateMachineDiskAsync("m1", Image, 1L << 30, Cancel));

        Assert.Contains($"{1L << 30}", e.Message, StringComparison.Ordinal);
        Assert.Contains($"{3L << 30}", e.Message, StringComparison.Ordinal);
        Assert.Empty(test.Pool.Volumes());
    }

    [Fact]
    public async Task A_disk_grows_and_does_not_shrink()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.CreateMachineDiskAsync("m1", null, 1L << 30, Cancel);

        await test.Pool.ResizeAsync("m1", Machine, 1L << 40, Cancel);
        await Fails(ErrorKind.BadRequest, test.Pool.ResizeAsync("m1", Machine, 1L << 20, Cancel));

        Assert.Equal(1L << 40, (await test.Pool.GetUsageAsync("m1", Machine, count: true, Cancel))!.Value.Total);
        Assert.Contains("No errors were found", await Host.RunAsync("qemu-img", "check", test.Pool.MachineDisk("m1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copied_disk_holds_what_the_first_one_held()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", Image, null, Cancel);
        await Host.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 7 1G 1M", test.Pool.MachineDisk("m1"));

        await test.Pool.RemoveImageAsync(Image, Cancel);
        await test.Pool.CopyAsync("m1", "m2", Machine, 0, 0, Cancel);
        await test.Pool.DeleteAsync("m1", Machine, Cancel);
        await test.TrashEmptyAsync();

        await Host.RunAsync("qemu-io", "-f", "qcow2", "-c", "read -P 7 1G 1M", test.Pool.MachineDisk("m2"));
    }

    [Theory]
    [InlineData("-f raw {0} 1M")]
    [InlineData("-f qcow2 -b /etc/passwd -F raw {0} 1M")]
    [InlineData("-f qcow2 -o data_file={0}.data {0} 1M")]
    public async Task A_disk_that_reads_other_files_is_no_image(string arguments)
    {
        await using var test = await CreateAsync(fixture, withImage: false);

        await Fails(ErrorKind.BadRequest, test.Pool.AddImageDiskAsync(Image, (path, _) =>
            Host.RunAsync(["qemu-img", "create", "-q", .. arguments.Split(' ').Select(part => string.Format(part, path))]), Cancel));
        await test.TrashEmptyAsync();

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "images")));
    }
}
