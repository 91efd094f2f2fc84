using Berth.Core;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

public abstract partial class PoolConformance
{
    [Fact]
    public async Task Concurrent_adds_share_one_fill()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        var fills = 0;
        var go = new TaskCompletionSource();
        async Task Fill(string tree, CancellationToken cancel)
        {
            Interlocked.Increment(ref fills);
            await go.Task.WaitAsync(cancel);
            await FillAsync(tree, cancel);
        }

        using var impatient = new CancellationTokenSource();
        var first = test.Pool.AddImageTreeAsync(Image, Fill, impatient.Token);
        var others = Enumerable.Range(0, 8).Select(_ => test.Pool.AddImageTreeAsync(Image, Fill, Cancel)).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(test.Pool.HasImageTree(Image));
        go.SetResult();
        await Task.WhenAll(others);

        Assert.Equal(1, fills);
        Assert.True(test.Pool.HasImageTree(Image));
        Assert.Equal([Image], test.Pool.Images());
    }

    [Fact]
    public async Task A_fill_that_fails_leaves_nothing_and_can_be_tried_again()
    {
        await using var test = await CreateAsync(fixture, withImage: false);

        await Assert.ThrowsAsync<InvalidDataException>(() => test.Pool.AddImageTreeAsync(Image, async (tree, cancel) =>
        {
            await FillAsync(tree, cancel);
            throw new InvalidDataException("truncated");
        }, Cancel));
        await test.TrashEmptyAsync();

        Assert.False(test.Pool.HasImageTree(Image));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "images")));
        await test.Pool.AddImageTreeAsync(Image, FillAsync, Cancel);
        Assert.True(test.Pool.HasImageTree(Image));
    }

    [Fact]
    public async Task An_image_in_use_stays_until_its_last_reader_has_gone()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", Image, null, Cancel);

        await test.Pool.RemoveImageAsync(Image, Cancel);
        Assert.False(test.Pool.HasImageTree(Image) || test.Pool.HasImageDisk(Image));
        Assert.Empty(test.Pool.Images());
        await Fails(ErrorKind.NotFound, test.Pool.CreateContainerRootAsync("c2", Image, Base, null, Cancel));
        await test.ReopenAsync();
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal((0, "image"), await Host.InsideAsync(root, Base, "cat etc/hostname"));
        }

        Assert.True(File.Exists(Path.Combine(test.Directory, "images", Image, "disk.qcow2")));
        await test.Pool.DeleteAsync("c1", Container, Cancel);
        await test.Pool.DeleteAsync("m1", Machine, Cancel);
        await test.TrashEmptyAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "images")));
    }

    [Fact]
    public async Task A_removed_image_that_is_added_again_is_not_unpacked_again()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", Image, null, Cancel);
        await test.Pool.RemoveImageAsync(Image, Cancel);

        await test.Pool.AddImageDiskAsync(Image, (_, _) => throw new InvalidOperationException("filled again"), Cancel);

        Assert.Equal([Image], test.Pool.Images());
        await test.Pool.DeleteAsync("m1", Machine, Cancel);
        Assert.True(test.Pool.HasImageDisk(Image));
    }

    [Fact]
    public async Task What_a_crash_left_half_made_is_removed_when_the_pool_is_opened()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CloseAsync(Cancel);
        foreach (var half in new[] { "containers/.new-1", "machines/.new-2", $"images/{Image}/.new-3", $"images/{new string('c', 64)}/.new-4", "trash/old" })
        {
            Directory.CreateDirectory(Path.Combine(test.Directory, half, "some"));
        }

        await File.WriteAllTextAsync(Path.Combine(test.Directory, "containers/c1/config.json.new"), "{", Cancel);
        await test.OpenAsync();
        await test.TrashEmptyAsync();

        Assert.DoesNotContain(Directory.GetFileSystemEntries(test.Directory, "*", SearchOption.AllDirectories),
            path => path.Contains(".new", StringComparison.Ordinal) || path.Contains(new string('c', 64), StringComparison.Ordinal) || path.EndsWith("old", StringComparison.Ordinal));
        Assert.Equal([("c1", Container)], test.Pool.Volumes());
        Assert.True(test.Pool.HasImageTree(Image));
    }

    [Fact]
    public async Task A_configuration_copy_is_replaced_as_a_whole()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.WriteConfigCopyAsync("c1", Container, "{\"a\":1}"u8.ToArray(), Cancel);
        await test.Pool.WriteConfigCopyAsync("c1", Container, "{}"u8.ToArray(), Cancel);

        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(test.Directory, "containers/c1/config.json"), Cancel));
    }
}
