using CsCheck;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

public abstract partial class PoolConformance
{
    [Fact]
    public async Task A_machine_goes_back_to_its_snapshots_and_forth()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", Image, null, Cancel);
        await WriteAsync(test, "m1", 1);
        await SnapshotAsync(test, "m1", "s1");
        await WriteAsync(test, "m1", 2);
        await SnapshotAsync(test, "m1", "s2");
        await WriteAsync(test, "m1", 3);

        await test.Pool.RestoreSnapshotAsync("m1", "s1", Machine, Cancel);
        await ShowsAsync(test, "m1", 1);
        await test.Pool.RestoreSnapshotAsync("m1", "s2", Machine, Cancel);
        await test.Pool.RenameAsync("m1", "m2", Machine, Cancel);
        await test.ReopenAsync();
        await ShowsAsync(test, "m2", 2);
        Assert.Contains("No errors were found", await Host.RunAsync("qemu-img", "check", test.Pool.MachineDisk("m2")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copied_machine_keeps_the_snapshots_that_are_named()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.CreateMachineDiskAsync("m1", null, 64 << 20, Cancel);
        await WriteAsync(test, "m1", 1);
        await SnapshotAsync(test, "m1", "s1");
        await WriteAsync(test, "m1", 2);
        await SnapshotAsync(test, "m1", "s2");
        await WriteAsync(test, "m1", 3);

        await test.Pool.CopyWithSnapshotsAsync("m1", null, "m2", Machine, 0, 0, ["s1"], Cancel);
        await test.Pool.CopyWithSnapshotsAsync("m1", "s2", "m3", Machine, 0, 0, [], Cancel);
        await test.Pool.DeleteAsync("m1", Machine, Cancel);

        await ShowsAsync(test, "m2", 3);
        await ShowsAsync(test, "m3", 2);
        Assert.Equal(["s1"], test.Pool.Snapshots("m2", Machine));
        await MergeAllAsync(test, "m2");
        await ShowsAsync(test, "m2", 3);
        await test.Pool.RestoreSnapshotAsync("m2", "s1", Machine, Cancel);
        await ShowsAsync(test, "m2", 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_machine_comes_from_another_pool_with_its_snapshots(bool hasImage)
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await using var other = await CreateAsync(fixture, withImage: false);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", Image, null, Cancel);
        await WriteAsync(test, "m1", 1);
        await SnapshotAsync(test, "m1", "s1");
        await WriteAsync(test, "m1", 2);
        await SnapshotAsync(test, "m1", "s2");
        await WriteAsync(test, "m1", 3);
        if (hasImage)
        {
            await other.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        }

        await other.Pool.ImportMachineAsync("m2", test.Pool.MachineDisk("m1"), "s2", hasImage ? Image : null, 0, ["s1"], Cancel);
        await test.Pool.DeleteAsync("m1", Machine, Cancel);
        await test.Pool.RemoveImageAsync(Image, Cancel);
        await test.TrashEmptyAsync();

        await ShowsAsync(other, "m2", 2);
        await other.Pool.RestoreSnapshotAsync("m2", "s1", Machine, Cancel);
        await ShowsAsync(other, "m2", 1);
    }

    [Fact]
    public async Task A_snapshot_that_is_taken_back_leaves_the_disk_as_it_was()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.CreateMachineDiskAsync("m1", null, 64 << 20, Cancel);
        await WriteAsync(test, "m1", 1);
        var disk = Linux.Files.FileStatus.Of(test.Pool.MachineDisk("m1"));
        await SnapshotAsync(test, "m1", "s1");

        await test.Pool.UndoSnapshotAsync("m1", "s1", Machine, Cancel);

        Assert.Equal(disk.Inode, Linux.Files.FileStatus.Of(test.Pool.MachineDisk("m1")).Inode);
        await ShowsAsync(test, "m1", 1);
        Assert.Empty(test.Pool.Snapshots("m1", Machine));
        Assert.Empty(Directory.GetFiles(Path.Combine(test.Directory, "machines", "m1"), "layer-*"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_crash_between_a_snapshot_and_its_new_disk_loses_nothing(bool published)
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.CreateMachineDiskAsync("m1", null, 64 << 20, Cancel);
        await WriteAsync(test, "m1", 1);
        await SnapshotAsync(test, "m1", "s1");
        await test.Pool.CloseAsync(Cancel);
        var volume = Path.Combine(test.Directory, "machines", "m1");
        var layer = Directory.GetFiles(volume, "layer-*").Single();
        // As it is just before the last rename: the disk is still the layer, by its first name.
        File.Move(Path.Combine(volume, "disk.qcow2"), Path.Combine(volume, "disk.qcow2.new"));
        await Host.RunAsync("ln", layer, Path.Combine(volume, "disk.qcow2"));
        if (!published)
        {
            Directory.Move(Path.Combine(volume, "snapshots", "s1"), Path.Combine(volume, "snapshots", ".new-1"));
        }

        await test.OpenAsync();

        await ShowsAsync(test, "m1", 1);
        Assert.Equal(published ? ["s1"] : [], test.Pool.Snapshots("m1", Machine));
        Assert.Equal(published ? 1 : 0, Directory.GetFiles(volume, "layer-*").Length);
        Assert.False(File.Exists(Path.Combine(volume, "disk.qcow2.new")));
    }

    /// <summary>Whatever is snapshot, restored, deleted and merged in whatever order: each snapshot, and the disk, read what was in them.</summary>
    [Fact]
    public async Task Any_order_of_snapshots_restores_and_merges_keeps_every_content()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        var round = 0;
        await Gen.Int[0, 4].List[4, 14].SampleAsync(
            async steps =>
            {
                var volume = $"m{Interlocked.Increment(ref round)}";
                await test.Pool.CreateMachineDiskAsync(volume, null, 64 << 20, Cancel);
                await WriteAsync(test, volume, 0);
                var expected = 0;
                var snapshots = new SortedDictionary<string, int>(StringComparer.Ordinal);
                for (var i = 0; i < steps.Count; i++)
                {
                    var chosen = snapshots.Count > 0 ? snapshots.ElementAt(i * 7 % snapshots.Count).Key : null;
                    switch (steps[i])
                    {
                        case 0 or 1:
                            await SnapshotAsync(test, volume, $"s{i}");
                            snapshots[$"s{i}"] = expected;
                            await WriteAsync(test, volume, expected = i + 1);
                            break;
                        case 2 when chosen is not null:
                            await test.Pool.RestoreSnapshotAsync(volume, chosen, Machine, Cancel);
                            expected = snapshots[chosen];
                            break;
                        case 3 when chosen is not null:
                            await test.Pool.DeleteSnapshotAsync(volume, chosen, Machine, Cancel);
                            snapshots.Remove(chosen);
                            break;
                        case 4:
                            await MergeAllAsync(test, volume);
                            break;
                    }
                }

                await MergeAllAsync(test, volume);
                await ShowsAsync(test, volume, expected);
                foreach (var (name, content) in snapshots)
                {
                    await test.Pool.RestoreSnapshotAsync(volume, name, Machine, Cancel);
                    await ShowsAsync(test, volume, content);
                }

                await test.Pool.DeleteAsync(volume, Machine, Cancel);
            },
            iter: 3, threads: 1);
    }

    private static async Task MergeAllAsync(TestPool test, string volume)
    {
        while (test.Pool.NextMerge(volume) is { } merge)
        {
            await test.Pool.MergeAsync(merge, Cancel);
            await test.Pool.RemoveUnusedLayersAsync(volume, Cancel);
        }
    }

    /// <summary>One megabyte that only this content has, and one that the next content overwrites.</summary>
    private static Task<string> WriteAsync(TestPool test, string volume, int content) => Host.RunAsync(
        "qemu-io", "-f", "qcow2", "-c", $"write -P {content + 1} {content}M 1M", "-c", $"write -P {content + 1} 40M 1M", test.Pool.MachineDisk(volume));

    private static async Task ShowsAsync(TestPool test, string volume, int content)
    {
        var output = await Host.RunAsync(
            "qemu-io", "-f", "qcow2", "-c", $"read -P {content + 1} {content}M 1M", "-c", $"read -P {content + 1} 40M 1M", "-c", $"read -P 0 {content + 1}M 1M",
            test.Pool.MachineDisk(volume));
        Assert.DoesNotContain("failed", output, StringComparison.Ordinal);
    }
}
