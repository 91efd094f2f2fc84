using Berth.Core;
using Microsoft.Win32.SafeHandles;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

public abstract partial class PoolConformance
{
    private const long Mebibyte = 1L << 20;

    [Fact]
    public async Task A_size_is_enforced_and_shown()
    {
        await using var test = await CreateAsync(fixture);
        var before = Host.Leftovers(fixture.Root);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, 64 * Mebibyte, Cancel);
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            var (code, output) = await WriteAsync(root, 200);
            Assert.NotEqual(0, code);
            Assert.Matches("No space left|quota exceeded", output);
            Assert.Equal((0, ""), await Host.InsideAsync(root, Base, "rm big.bin && sync -f . && cat etc/hostname > small && cmp small etc/hostname"));
            Assert.Equal((0, ""), await WriteAsync(root, 30));
        }

        var (used, total) = (await test.Pool.GetUsageAsync("c1", Container, count: false, Cancel))!.Value;
        Assert.InRange(total, 40 * Mebibyte, 64 * Mebibyte);
        Assert.InRange(used, 29 * Mebibyte, 60 * Mebibyte);
        Assert.Equal(before, Host.Leftovers(fixture.Root));
    }

    [Fact]
    public async Task A_size_grows()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, 64 * Mebibyte, Cancel);
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal((0, ""), await WriteAsync(root, 20));
        }

        await test.Pool.ResizeAsync("c1", Container, 300 * Mebibyte, Cancel);

        using var again = await test.Pool.MountContainerRootAsync("c1", Base, Cancel);
        Assert.Equal((0, ""), await WriteAsync(again, 200));
        Assert.NotEqual(0, (await WriteAsync(again, 400)).Code);
        Assert.InRange((await test.Pool.GetUsageAsync("c1", Container, count: true, Cancel))!.Value.Total, 250 * Mebibyte, 300 * Mebibyte);
    }

    [Fact]
    public async Task A_size_grows_live_or_the_reason_is_told()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, 64 * Mebibyte, Cancel);
        using var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel);

        try
        {
            await test.Pool.ResizeAsync("c1", Container, 300 * Mebibyte, Cancel);
            Assert.Equal((0, ""), await WriteAsync(root, 200));
        }
        catch (BerthException e) when (e.Kind == ErrorKind.Unsupported && !MayGrowMountedExt4())
        {
            Assert.Contains("CAP_SYS_RESOURCE", e.Message, StringComparison.Ordinal);
            Assert.InRange((await test.Pool.GetUsageAsync("c1", Container, count: true, Cancel))!.Value.Total, 40 * Mebibyte, 64 * Mebibyte);
        }
    }

    [Fact]
    public async Task A_root_without_a_size_gets_one()
    {
        await using var test = await CreateAsync(fixture);
        var before = Host.Leftovers(fixture.Root);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal((0, ""), await WriteAsync(root, 30));
            await Host.InsideAsync(root, Base, "rm etc/hostname && echo new > etc/new && ln etc/new etc/linked");
            if (test.Record.Driver == "dir")
            {
                var e = await Fails(ErrorKind.Unsupported, test.Pool.ResizeAsync("c1", Container, 100 * Mebibyte, Cancel));
                Assert.Contains("Stop the instance", e.Message, StringComparison.Ordinal);
            }
        }

        await Fails(ErrorKind.BadRequest, test.Pool.ResizeAsync("c1", Container, 20 * Mebibyte, Cancel));
        await test.Pool.ResizeAsync("c1", Container, 100 * Mebibyte, Cancel);

        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal((0, "new\n2"), await Host.InsideAsync(root, Base, "[ ! -e etc/hostname ] && cat etc/linked && stat -c %h etc/new && [ -s big.bin ]"));
            Assert.NotEqual(0, (await WriteAsync(root, 200)).Code);
        }

        await test.ReopenAsync();
        Assert.InRange((await test.Pool.GetUsageAsync("c1", Container, count: true, Cancel))!.Value.Total, 80 * Mebibyte, 100 * Mebibyte);
        Assert.Equal(before, Host.Leftovers(fixture.Root));
    }

    [Fact]
    public async Task A_crash_while_a_root_gets_a_size_is_cleared_up()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, 64 * Mebibyte, Cancel);
        await test.Pool.CreateContainerRootAsync("c2", Image, Base, null, Cancel);
        await test.Pool.CloseAsync(Cancel);
        if (test.Record.Driver == "dir")
        {
            Directory.CreateDirectory(Path.Combine(test.Directory, "containers/c1/upper/etc"));
            Directory.CreateDirectory(Path.Combine(test.Directory, "containers/c2/.new-1/upper"));
        }

        await test.OpenAsync();
        await test.TrashEmptyAsync();

        Assert.False(Directory.Exists(Path.Combine(test.Directory, "containers/c1/upper")));
        Assert.False(Directory.Exists(Path.Combine(test.Directory, "containers/c2/.new-1")));
        foreach (var name in new[] { "c1", "c2" })
        {
            using var root = await test.Pool.MountContainerRootAsync(name, Base, Cancel);
            Assert.Equal((0, "image"), await Host.InsideAsync(root, Base, "cat etc/hostname"));
        }
    }

    [Fact]
    public async Task A_size_below_what_is_there_is_refused()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, 64 * Mebibyte, Cancel);
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal((0, ""), await WriteAsync(root, 30));
        }

        await Fails(ErrorKind.BadRequest, test.Pool.ResizeAsync("c1", Container, 20 * Mebibyte, Cancel));
    }

    [Fact]
    public async Task A_copy_has_the_size_too()
    {
        await using var test = await CreateAsync(fixture);
        var before = Host.Leftovers(fixture.Root);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, 64 * Mebibyte, Cancel);
        await test.Pool.CopyAsync("c1", "c2", Container, Base, Base + 65536, Cancel);
        using (var root = await test.Pool.MountContainerRootAsync("c2", Base + 65536, Cancel))
        {
            Assert.Equal((0, $"{Base + 65536}"), await Host.InsideAsync(root, Base + 65536, "stat -c %u ."));
            Assert.NotEqual(0, (await WriteAsync(root, 200, Base + 65536)).Code);
        }

        Assert.Equal(before, Host.Leftovers(fixture.Root));
    }

    [Fact]
    public async Task A_root_without_a_size_tells_what_it_holds()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal((0, ""), await WriteAsync(root, 10));
        }

        var (used, total) = (await test.Pool.GetUsageAsync("c1", Container, count: true, Cancel))!.Value;
        Assert.Equal(0, total);
        Assert.InRange(used, 10 * Mebibyte, 11 * Mebibyte);
    }

    private static Task<(int Code, string Output)> WriteAsync(SafeFileHandle root, int mebibytes, uint uid = Base) =>
        Host.InsideAsync(root, uid, $"dd if=/dev/urandom of=big.bin bs=1M count={mebibytes} conv=fsync status=none && sync -f .");

    private static bool MayGrowMountedExt4()
    {
        const int sysResource = 24;
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapEff", StringComparison.Ordinal));
        return ((Convert.ToUInt64(line.Split('\t')[1], 16) >> sysResource) & 1) != 0;
    }
}
