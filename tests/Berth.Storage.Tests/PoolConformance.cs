using Berth.Core;
using Berth.Core.Instances;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

/// <summary>What every pool does, whatever its driver and the filesystem below.</summary>
public abstract partial class PoolConformance(FileSystemFixture fixture)
{
    private const InstanceKind Container = InstanceKind.Container;
    private const InstanceKind Machine = InstanceKind.Machine;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_root_shows_the_image_with_the_containers_ids()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        using var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel);

        var (code, output) = await Host.InsideAsync(root, Base, "stat -c '%u:%g %a %n' . etc/hostname home/user/file bin/su && cat etc/link");

        Assert.Equal(0, code);
        Assert.Equal(
            $"{Base}:{Base} 755 .\n{Base}:{Base} 644 etc/hostname\n{Base + 1000}:{Base + 1000} 644 home/user/file\n{Base}:{Base} 4755 bin/su\nimage",
            output);
    }

    [Fact]
    public async Task What_a_container_writes_is_its_own_and_stays()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CreateContainerRootAsync("c2", Image, Base + 65536, null, Cancel);
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            var (code, output) = await Host.InsideAsync(root, Base, "echo changed > etc/hostname && rm -r big && mkdir new && mv var new/var && stat -c %u new");
            Assert.Equal((0, $"{Base}"), (code, output));
        }

        using var again = await test.Pool.MountContainerRootAsync("c1", Base, Cancel);
        using var other = await test.Pool.MountContainerRootAsync("c2", Base + 65536, Cancel);
        Assert.Equal("changed\nno big\nnew/var", (await Host.InsideAsync(again, Base, "cat etc/hostname; [ -e big ] || echo no big; ls -d new/*")).Output);
        Assert.Equal("image\nx", (await Host.InsideAsync(other, Base + 65536, "cat etc/hostname big/deep/file")).Output);
        Assert.Equal("image\n", await File.ReadAllTextAsync(Path.Combine(test.Pool.ImageTree(Image), "etc/hostname"), Cancel));
    }

    [Fact]
    public async Task A_device_of_an_image_is_none_for_the_container()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        using var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel);

        var (code, output) = await Host.InsideAsync(root, Base, "head -c 1 dev/mem");

        Assert.NotEqual(0, code);
        Assert.Contains("ermission denied", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_of_the_host_reach_disks_and_no_trees()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", Image, null, Cancel);
        await Host.RunAsync("chmod", "0711", Path.GetDirectoryName(fixture.Root)!, fixture.Root);
        var disk = Path.Combine(test.Directory, "images", Image, "disk.qcow2");
        using var here = Linux.Fd.Open("/", Linux.OpenFlags.Directory);

        var (code, output) = await Host.InsideAsync(here, 65534, $"""
            test -r {disk} && ! test -w {disk} && test -e {test.Pool.MachineDisk("m1")} && ! test -r {test.Pool.MachineDisk("m1")} || echo disks
            ! test -e {test.Pool.ImageTree(Image)} && ! test -e {test.Directory}/containers/c1 || echo trees
            ! ls {test.Directory} {test.Directory}/images {test.Directory}/containers 2>/dev/null || echo lists
            """);

        Assert.Equal((0, ""), (code, output));
    }

    [Fact]
    public async Task A_root_without_an_image_is_empty()
    {
        await using var test = await CreateAsync(fixture, withImage: false);
        await test.Pool.CreateContainerRootAsync("c1", null, Base, null, Cancel);
        using var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel);

        Assert.Equal((0, $"{Base}\nf"), await Host.InsideAsync(root, Base, "stat -c %u .; touch f; ls"));
    }

    [Fact]
    public async Task A_closed_mount_leaves_nothing()
    {
        await using var test = await CreateAsync(fixture);
        var before = Host.Leftovers(fixture.Root);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        (await test.Pool.MountContainerRootAsync("c1", Base, Cancel)).Dispose();

        Assert.Equal(before, Host.Leftovers(fixture.Root));
    }

    [Fact]
    public async Task Volumes_are_listed_renamed_and_deleted()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CreateMachineDiskAsync("m1", null, 1 << 20, Cancel);
        await test.Pool.RenameAsync("c1", "c2", Container, Cancel);
        await test.ReopenAsync();

        Assert.Equal([("c2", Container), ("m1", Machine)], test.Pool.Volumes());
        (await test.Pool.MountContainerRootAsync("c2", Base, Cancel)).Dispose();
        await test.Pool.DeleteAsync("c2", Container, Cancel);
        await test.Pool.DeleteAsync("c2", Container, Cancel);
        await test.Pool.DeleteAsync("m1", Machine, Cancel);
        Assert.Empty(test.Pool.Volumes());
        await test.Pool.CreateContainerRootAsync("c2", Image, Base, null, Cancel);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData(".new-x")]
    [InlineData("-c")]
    [InlineData("a\0b")]
    [InlineData("a b")]
    public async Task A_name_that_is_none_touches_nothing(string name)
    {
        await using var test = await CreateAsync(fixture);
        var before = Directory.GetFileSystemEntries(test.Directory, "*", SearchOption.AllDirectories);

        await Fails(ErrorKind.BadRequest, test.Pool.CreateContainerRootAsync(name, Image, Base, null, Cancel));
        await Fails(ErrorKind.BadRequest, test.Pool.CreateMachineDiskAsync(name, null, 1 << 20, Cancel));
        await Fails(ErrorKind.BadRequest, test.Pool.DeleteAsync(name, Container, Cancel));
        await Fails(ErrorKind.BadRequest, test.Pool.CreateContainerRootAsync("c1", name, Base, null, Cancel));

        Assert.Equal(before, Directory.GetFileSystemEntries(test.Directory, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Errors_name_what_is_wrong()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.CreateContainerRootAsync("c3", Image, Base, null, Cancel);

        await Fails(ErrorKind.Conflict, test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel));
        await Fails(ErrorKind.NotFound, test.Pool.MountContainerRootAsync("c2", Base, Cancel));
        await Fails(ErrorKind.NotFound, test.Pool.CreateContainerRootAsync("c2", new string('b', 64), Base, null, Cancel));
        await Fails(ErrorKind.Conflict, test.Pool.RenameAsync("c1", "c3", Container, Cancel));
        await Fails(ErrorKind.BadRequest, test.Pool.CreateContainerRootAsync("c2", Image, Base, 0, Cancel));
        await Fails(ErrorKind.Conflict, test.Pool.DestroyAsync(Cancel));
        await Fails(ErrorKind.Conflict, fixture.Driver.OpenAsync(test.Record, Cancel));
        Assert.Equal(["c1", "c3"], test.Pool.Volumes().Select(volume => volume.Volume).Order());
    }

    [Fact]
    public async Task A_hundred_roots_at_once()
    {
        await using var test = await CreateAsync(fixture);
        var before = Host.Leftovers(fixture.Root);
        var names = Enumerable.Range(0, 100).Select(i => $"c{i}").ToList();

        await Task.WhenAll(names.Select(name => Task.Run(async () =>
        {
            await test.Pool.CreateContainerRootAsync(name, Image, Base, null, Cancel);
            await test.Pool.WriteConfigCopyAsync(name, Container, "{}"u8.ToArray(), Cancel);
            using var root = await test.Pool.MountContainerRootAsync(name, Base, Cancel);
            Assert.Equal("image\n", await File.ReadAllTextAsync($"{Linux.Fd.ProcPath(root)}/etc/hostname", Cancel));
        }, Cancel)));
        Assert.Equal(100, test.Pool.Volumes().Count);
        await Task.WhenAll(names.Select(name => Task.Run(() => test.Pool.DeleteAsync(name, Container, Cancel), Cancel)));
        await test.TrashEmptyAsync();

        Assert.Empty(test.Pool.Volumes());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "trash")));
        Assert.Equal(before, Host.Leftovers(fixture.Root));
    }

    [Fact]
    public async Task Trees_that_a_hostile_container_leaves_are_removed()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            // 400 levels of 200 bytes: far above PATH_MAX; a name that is no UTF-8; a pipe; a link out.
            var (code, output) = await Host.InsideAsync(root, Base, """
                touch "$(printf 'bad\377name')" && mkfifo pipe && ln -s /etc out
                d=$(printf 'd%.0s' $(seq 200)); i=0
                while [ $i -lt 400 ]; do mkdir $d && cd -P $d 2>/dev/null || exit 1; i=$((i+1)); done; touch end
                """);
            Assert.Equal((0, ""), (code, output));
        }

        await test.Pool.CopyAsync("c1", "c2", Container, Base, Base + 65536, Cancel);
        await test.Pool.DeleteAsync("c1", Container, Cancel);
        await test.TrashEmptyAsync();

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(test.Directory, "trash")));
        Assert.True(File.Exists("/etc/passwd"));
    }

    private static async Task<BerthException> Fails(ErrorKind kind, Task task)
    {
        var e = await Assert.ThrowsAsync<BerthException>(() => task);
        Assert.True(e.Kind == kind, $"{e.Kind}, not {kind}: {e}");
        return e;
    }
}
