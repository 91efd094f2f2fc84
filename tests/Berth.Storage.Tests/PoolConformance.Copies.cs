using Microsoft.Win32.SafeHandles;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

public abstract partial class PoolConformance
{
    private const string MakeEverything = """
        set -e
        rm -r big; rm etc/hostname; mkdir big; echo new > big/new
        echo one > first; ln first second; mkdir d; ln first d/third
        truncate -s 100M sparse; echo end >> sparse
        ln -s nowhere dangling; mkfifo pipe
        echo s > suid; chmod 6755 suid; touch -d 2001-02-03T04:05:06Z old; mv home house
        chmod 1777 d
        """;

    private const string ShowEverything = """
        set -e
        [ ! -e etc/hostname ]; [ ! -e big/deep ]; cat big/new house/user/file
        stat -c '%n %a %h %F' first second d/third d dangling pipe suid
        stat -c '%n %s %Y' sparse old
        [ "$(stat -c %b sparse)" -lt 100 ]; tail -c 4 sparse; readlink dangling
        [ "$(stat -c %i first)" = "$(stat -c %i d/third)" ]
        """;

    [Fact]
    public async Task A_copy_is_the_same_with_other_ids()
    {
        const uint newBase = Base + (3 * 65536);
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        (int, string) made;
        using (var root = await test.Pool.MountContainerRootAsync("c1", Base, Cancel))
        {
            Assert.Equal((0, ""), await Host.InsideAsync(root, Base, MakeEverything));
            await MakeAttributesAsync(root);
            made = await Host.InsideAsync(root, Base, ShowEverything);
        }

        Assert.Equal(0, made.Item1);
        await test.Pool.CopyAsync("c1", "c2", Container, Base, newBase, Cancel);
        await test.Pool.DeleteAsync("c1", Container, Cancel);
        await test.TrashEmptyAsync();

        using var copy = await test.Pool.MountContainerRootAsync("c2", newBase, Cancel);
        Assert.Equal(made, await Host.InsideAsync(copy, newBase, ShowEverything));
        Assert.Equal((0, $"{newBase}\n{newBase + 1000}"), await Host.InsideAsync(copy, newBase, "stat -c %u first house/user/file"));
        await AssertAttributesAsync(copy, newBase);
    }

    [Fact]
    public async Task A_copy_lives_on_when_its_image_is_removed()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.CreateContainerRootAsync("c1", Image, Base, null, Cancel);
        await test.Pool.RemoveImageAsync(Image, Cancel);
        await test.Pool.CopyAsync("c1", "c2", Container, Base, Base, Cancel);
        await test.Pool.DeleteAsync("c1", Container, Cancel);
        await test.TrashEmptyAsync();

        using var copy = await test.Pool.MountContainerRootAsync("c2", Base, Cancel);
        Assert.Equal((0, "image"), await Host.InsideAsync(copy, Base, "cat etc/hostname"));
    }

    private static async Task MakeAttributesAsync(SafeFileHandle root)
    {
        await SetAsync(root, "user.colour", "blue"u8.ToArray());
        await SetAsync(root, "system.posix_acl_access", Acl(Base + 7));
        // A capability that is good in the container's namespace: its version 3 names the namespace's root.
        await SetAsync(root, "security.capability", [0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(Base)]);
    }

    private static async Task AssertAttributesAsync(SafeFileHandle root, uint idBase)
    {
        Assert.Equal("blue"u8.ToArray(), await GetAsync(root, "user.colour"));
        Assert.Equal(Acl(idBase + 7), await GetAsync(root, "system.posix_acl_access"));
        Assert.Equal(BitConverter.GetBytes(idBase), (await GetAsync(root, "security.capability"))[20..]);
    }

    private static Task<string> SetAsync(SafeFileHandle root, string name, byte[] value) =>
        Host.RunAsync("setfattr", "-n", name, "-v", "0x" + Convert.ToHexString(value), PathTo(root));

    private static async Task<byte[]> GetAsync(SafeFileHandle root, string name) =>
        Convert.FromHexString((await Host.RunAsync("getfattr", "--absolute-names", "-n", name, "-e", "hex", PathTo(root))).Split("=0x")[1].Trim());

    /// <summary>As another process finds it.</summary>
    private static string PathTo(SafeFileHandle root) => $"/proc/{Environment.ProcessId}/fd/{root.DangerousGetHandle()}/first";

    /// <summary>user::rw-, user:UID:r--, group::r--, mask::r--, other::r--</summary>
    private static byte[] Acl(uint uid) =>
    [
        2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, .. BitConverter.GetBytes(uid),
        4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255,
    ];
}
