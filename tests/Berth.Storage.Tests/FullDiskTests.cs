using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Storage;
using Berth.Storage.Btrfs;
using Berth.Storage.Dir;
using Microsoft.Extensions.Logging.Abstractions;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

public sealed class SmallExt4Fixture() : FileSystemFixture("mke2fs -q -t ext4 -m 0 -F", 32L << 20)
{
    public override IStorageDriver Driver => new DirDriver(Root, NullLogger<DirDriver>.Instance);
}

public sealed class SmallBtrfsFixture() : FileSystemFixture("mkfs.btrfs -q -M", 128L << 20)
{
    public override IStorageDriver Driver => new BtrfsDriver(Root, NullLogger<BtrfsDriver>.Instance);

    public override async Task SettleAsync()
    {
        await Host.RunAsync("btrfs", "filesystem", "sync", Root);
        await Host.RunAsync("btrfs", "subvolume", "sync", Root);
    }
}

public sealed class FullExt4Tests(SmallExt4Fixture fixture) : FullDiskTests(fixture), IClassFixture<SmallExt4Fixture>;

public sealed class FullBtrfsTests(SmallBtrfsFixture fixture) : FullDiskTests(fixture), IClassFixture<SmallBtrfsFixture>;

/// <summary>A filesystem without room: the error says so, and nothing is half-made.</summary>
public abstract class FullDiskTests(FileSystemFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_half_made_on_a_full_disk()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.WriteConfigCopyAsync("c1", InstanceKind.Container, "{}"u8.ToArray(), Cancel);
        var other = new string('b', 64);

        await FullAsync(test.Pool.AddImageTreeAsync(other, (tree, cancel) =>
        {
            using var file = File.Create(Path.Combine(tree, "huge"));
            for (var i = 0; i < 256; i++)
            {
                file.Write(new byte[1 << 20]);
                file.Flush(flushToDisk: true);
            }

            return Task.CompletedTask;
        }, Cancel));
        await test.TrashEmptyAsync();
        await fixture.SettleAsync();
        Assert.Equal([Image], test.Pool.Images());
        Assert.Equal([Path.Combine(test.Directory, "images", Image)], Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "images")));

        var filler = Path.Combine(fixture.Root, "filler");
        var made = new List<string>();
        BerthException failed;
        try
        {
            FillUp(filler);
            failed = await Assert.ThrowsAsync<BerthException>(() => MakeManyAsync(test.Pool, made));
        }
        finally
        {
            File.Delete(filler);
        }

        Assert.Equal(ErrorKind.NoSpace, failed.Kind);
        Assert.Contains("no room", failed.Message, StringComparison.Ordinal);
        await test.ReopenAsync();

        Assert.Equal(made.Append("c1").Order(), test.Pool.Volumes().Select(volume => volume.Volume).Order());
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(test.Directory, "containers/c1/config.json"), Cancel));
        using var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel);
        Assert.Equal((0, "image"), await Host.InsideAsync(root, Base, "cat etc/hostname"));
    }

    private static async Task MakeManyAsync(IStoragePool pool, List<string> made)
    {
        for (var i = 0; i < 10_000; i++)
        {
            await pool.CreateContainerRootAsync($"x{i}", Image, Base, null, Cancel);
            made.Add($"x{i}");
            await pool.WriteConfigCopyAsync($"x{i}", InstanceKind.Container, new byte[64 << 10], Cancel);
        }
    }

    private static async Task FullAsync(Task task)
    {
        var e = await Assert.ThrowsAsync<BerthException>(() => task);
        Assert.True(e.Kind == ErrorKind.NoSpace, e.ToString());
    }

    private static void FillUp(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        foreach (var portion in new[] { 1 << 20, 4096 })
        {
            try
            {
                while (true)
                {
                    file.Write(new byte[portion]);
                    file.Flush(flushToDisk: true);
                }
            }
            catch (IOException)
            {
                // Full, which is the point.
            }
        }
    }
}
