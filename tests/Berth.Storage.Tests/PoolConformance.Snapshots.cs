using Berth.Core;
using Berth.Core.Storage;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

public abstract partial class PoolConformance
{
    [Theory]
    [InlineData(null)]
    [InlineData(64L << 20)]
    public async Task A_container_goes_back_to_its_snapshot(long? size)
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, size, Cancel);
        await InAsync(test, "echo one > etc/hostname; echo kept > file; rm -r big");
        await SnapshotAsync(test, "c1", "first");
        await InAsync(test, "echo two > etc/hostname; rm file; mkdir big; echo new > big/new");
        await SnapshotAsync(test, "c1", "second");

        await test.Pool.RestoreSnapshotAsync("c1", "first", Container, Cancel);
        Assert.Equal("one\nkept", await InAsync(test, "cat etc/hostname file; [ ! -e big ]"));
        await test.Pool.RestoreSnapshotAsync("c1", "second", Container, Cancel);
        Assert.Equal("two\nnew", await InAsync(test, "cat etc/hostname big/new; [ ! -e file ]"));
        await InAsync(test, "echo three > etc/hostname");
        await test.ReopenAsync();

        await test.Pool.RestoreSnapshotAsync("c1", "first", Container, Cancel);
        Assert.Equal("one", await InAsync(test, "cat etc/hostname"));
        Assert.Equal(["first", "second"], test.Pool.Snapshots("c1", Container).Order());
    }

    [Fact]
    public async Task A_root_that_got_a_size_goes_back_to_a_snapshot_from_before_and_forth()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await InAsync(test, "echo unsized > file");
        await SnapshotAsync(test, "c1", "before");
        await test.Pool.ResizeAsync("c1", Container, 64 << 20, Cancel);
        await InAsync(test, "echo sized > file");
        await SnapshotAsync(test, "c1", "after");

        await test.Pool.RestoreSnapshotAsync("c1", "before", Container, Cancel);
        Assert.Equal("unsized", await InAsync(test, "cat file"));
        await test.Pool.RestoreSnapshotAsync("c1", "after", Container, Cancel);
        await test.ReopenAsync();
        Assert.Equal("sized", await InAsync(test, "cat file"));
    }

    [Fact]
    public async Task Snapshots_are_renamed_deleted_and_go_with_their_volume()
    {
        await using var test = await CreateAsync(fixture);
        var before = Host.Leftovers(fixture.Root);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await InAsync(test, "echo one > file");
        await SnapshotAsync(test, "c1", "a");
        await SnapshotAsync(test, "c1", "b");
        await Fails(ErrorKind.Conflict, SnapshotAsync(test, "c1", "a"));
        await Fails(ErrorKind.Conflict, test.Pool.RenameSnapshotAsync("c1", "a", "b", Container, Cancel));
        await Fails(ErrorKind.NotFound, test.Pool.RestoreSnapshotAsync("c1", "none", Container, Cancel));

        await test.Pool.RenameSnapshotAsync("c1", "a", "c", Container, Cancel);
        await test.Pool.DeleteSnapshotAsync("c1", "b", Container, Cancel);
        await test.Pool.DeleteSnapshotAsync("c1", "b", Container, Cancel);
        await test.Pool.RenameAsync("c1", "c2", Container, Cancel);
        await test.ReopenAsync();
        Assert.Equal(["c"], test.Pool.Snapshots("c2", Container));
        await test.Pool.RestoreSnapshotAsync("c2", "c", Container, Cancel);
        await test.Pool.DeleteAsync("c2", Container, Cancel);
        await test.TrashEmptyAsync();

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "trash")));
        Assert.Equal(before, Host.Leftovers(fixture.Root));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".new-1")]
    [InlineData("-f")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    public async Task What_is_no_name_of_a_snapshot_is_refused(string name)
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);

        await Fails(ErrorKind.BadRequest, SnapshotAsync(test, "c1", name));
        await Fails(ErrorKind.BadRequest, test.Pool.RestoreSnapshotAsync("c1", name, Container, Cancel));
        await Fails(ErrorKind.BadRequest, test.Pool.DeleteSnapshotAsync("c1", name, Container, Cancel));
        Assert.Empty(test.Pool.Snapshots("c1", Container));
    }

    [Fact]
    public async Task Copies_are_made_of_snapshots_and_with_them()
    {
        const uint newBase = Base + 65536;
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await InAsync(test, "echo one > file; chown 5:5 file || :");
        await SnapshotAsync(test, "c1", "s1");
        await InAsync(test, "echo two > file");
        await SnapshotAsync(test, "c1", "s2");
        await InAsync(test, "echo three > file");

        await test.Pool.CopyWithSnapshotsAsync("c1", "s1", "c2", Container, Base, newBase, [], Cancel);
        await test.Pool.CopyWithSnapshotsAsync("c1", null, "c3", Container, Base, newBase, ["s2"], Cancel);
        await test.Pool.DeleteAsync("c1", Container, Cancel);
        await test.ReopenAsync();

        Assert.Equal($"one\n{newBase}", await InAsync(test, "cat file; stat -c %u file", "c2", newBase));
        Assert.Equal("three", await InAsync(test, "cat file", "c3", newBase));
        Assert.Empty(test.Pool.Snapshots("c2", Container));
        Assert.Equal(["s2"], test.Pool.Snapshots("c3", Container));
        using (var mounted = await test.Pool.MountSnapshotAsync("c3", "s2", newBase, Cancel))
        {
            Assert.Equal((0, "two\nread-only"), await Host.InsideAsync(mounted, newBase, "cat file; touch file 2>/dev/null || echo read-only"));
        }

        await test.Pool.RestoreSnapshotAsync("c3", "s2", Container, Cancel);
        Assert.Equal("two", await InAsync(test, "cat file; echo x > file; rm file", "c3", newBase));
    }

    [Fact]
    public async Task What_a_crash_left_of_a_snapshot_is_removed()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", null, 1 << 20, Cancel);
        await SnapshotAsync(test, "c1", "whole");
        await test.Pool.CloseAsync(Cancel);
        var volume = Path.Combine(test.Directory, "containers", "c1");
        Directory.CreateDirectory(Path.Combine(volume, "snapshots", ".new-1", "upper"));
        Directory.CreateDirectory(Path.Combine(volume, ".new-2"));
        Directory.CreateDirectory(Path.Combine(test.Directory, "machines", "m1", "snapshots", ".new-3"));
        await File.WriteAllTextAsync(Path.Combine(test.Directory, "machines", "m1", "disk.qcow2.new"), "half", Cancel);

        await test.OpenAsync();
        await test.TrashEmptyAsync();

        Assert.Equal(["whole"], test.Pool.Snapshots("c1", Container));
        Assert.Empty(Directory.EnumerateFileSystemEntries(test.Directory, ".new-*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFiles(test.Directory, "*.new", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_root_becomes_what_another_one_is()
    {
        const uint newBase = Base + 65536;
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CreateContainerRootAsync("c2", Image, newBase, null, Cancel);
        await InAsync(test, MakeEverything);
        await InAsync(test, "echo gone > gone; mkdir -p first/below; ln -s x second; echo other > house", "c2", newBase);
        var expected = await InAsync(test, ShowEverything);

        for (var i = 0; i < 2; i++)
        {
            using (var source = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
            {
                await test.Pool.SyncContainerRootAsync("c2", newBase, source, Base, Cancel);
            }

            Assert.Equal(expected, await InAsync(test, ShowEverything + "\n[ ! -e gone ]; [ ! -e home ]", "c2", newBase));
            await InAsync(test, "echo more > sparse", "c2", newBase);
        }

        Assert.Equal($"{newBase + 1000}", await InAsync(test, "stat -c %u house/user/file; [ -z \"$(ls -A | grep .new-)\" ]", "c2", newBase));
    }

    [Fact]
    public async Task A_volume_takes_the_place_of_another_one()
    {
        await using var test = await CreateAsync(fixture);
        var made = TemporaryVolume.Name();
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CreateContainerRootAsync(made, null, Base, null, Cancel);
        await InAsync(test, "echo new > file", made);

        await test.Pool.ReplaceAsync("c1", made, Container, Cancel);
        await test.Pool.CreateContainerRootAsync(TemporaryVolume.Name(), Image, Base, null, Cancel);
        await test.ReopenAsync();
        await test.TrashEmptyAsync();

        Assert.Equal("file", await InAsync(test, "ls"));
        Assert.Equal([("c1", Container)], test.Pool.Volumes());
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "containers")));
    }

    private static Task<long?> SnapshotAsync(TestPool test, string volume, string name) =>
        test.Pool.CreateSnapshotAsync(volume, name, volume[0] == 'm' ? Machine : Container, "{}"u8.ToArray(), Cancel);

    private static async Task<string> InAsync(TestPool test, string script, string volume = "c1", uint idBase = Base)
    {
        using var root = await test.Pool.MountContainerRootAsync(volume, idBase, Cancel);
        var (code, output) = await Host.InsideAsync(root, idBase, script);
        Assert.True(code == 0, output);
        return output;
    }
}
