using Berth.Linux.Mounts;
using Berth.Linux.Namespaces;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Tests.Mounts;

public sealed class MountApiTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly IdMap _map = new(1_000_000);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Detached_tmpfs_works_through_its_descriptor_and_can_be_attached()
    {
        using var mount = MountApi.CreateFileSystem("tmpfs", [new("size", "1m"), new("mode", "0700")]);
        using (Fd.OpenAt(mount, "file", OpenFlags.Create | OpenFlags.WriteOnly, 0x180))
        {
        }

        var target = _directory.Create("with space");
        MountApi.Move(mount, target);
        Assert.True(File.Exists(target + "/file"));
        Assert.Equal("tmpfs", MountTable.Read().At(target)!.FileSystem);
        MountApi.Unmount(target);
        Assert.False(File.Exists(target + "/file"));
    }

    [Fact]
    public void Refused_option_says_why()
    {
        var e = Assert.Throws<LinuxException>(() => MountApi.CreateFileSystem("tmpfs", [new("nonsense", "1")]));
        Assert.Contains("nonsense", e.Message, StringComparison.Ordinal);
        Assert.Contains("Unknown parameter", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Id_mapped_tree_shows_shifted_owners()
    {
        var source = _directory.Create("source");
        File.WriteAllText(source + "/file", "x");
        using var ns = UserNamespaceFd.Create(_map);
        using var tree = IdMappedTree.Create(source, ns);
        var target = _directory.Create("target");
        MountApi.Move(tree, target);
        Assert.Equal("1000000 1000000", Owner(target + "/file"));
        Assert.Equal("0 0", Owner(source + "/file"));
        Assert.False(IdMappedTree.IsSupported("/proc", ns));
    }

    [Fact]
    public void Read_only_clone_refuses_writes()
    {
        using var tree = MountApi.CloneTree(_directory.Path, recursive: false);
        MountApi.SetAttributes(tree, MountAttributes.ReadOnly | MountAttributes.NoSuid);
        Assert.Equal(Errno.EROFS, Assert.Throws<LinuxException>(() => Fd.OpenAt(tree, "new", OpenFlags.Create | OpenFlags.WriteOnly, 0x180)).Errno);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Overlay_root_reads_the_image_and_keeps_changes_with_shifted_ids(bool asOnAnOldKernel)
    {
        var layers = new OverlayLayers(_directory.Create("image,1:x"), _directory["upper"], _directory["work"]);
        File.WriteAllText(layers.Image + "/etc", "from the image");
        OverlayRoot.Prepare(layers, _map);
        using var ns = UserNamespaceFd.Create(_map);
        using var root = asOnAnOldKernel ? OldKernel(layers, ns) : OverlayRoot.Create(layers, ns);
        var target = _directory.Create("target");
        MountApi.Move(root, target);
        Assert.Equal("1000000 1000000", Owner(target));
        Assert.Equal("1000000 1000000", Owner(target + "/etc"));
        Assert.Equal("from the image", File.ReadAllText(target + "/etc"));
        Assert.False(File.Exists(layers.Upper + "/etc"));

        // Copy up keeps the shifted owner, and the image stays as it is.
        File.AppendAllText(target + "/etc", "!");
        Assert.Equal("1000000 1000000", Owner(layers.Upper + "/etc"));
        Assert.Equal("from the image", File.ReadAllText(layers.Image + "/etc"));
        Assert.Null(MountTable.Read().At(layers.Image));
    }

    [Fact]
    public async Task Root_inside_can_write_to_the_overlay()
    {
        var layers = new OverlayLayers(_directory.Create("image"), _directory["upper"], _directory["work"]);
        Directory.CreateDirectory(layers.Image + "/var");
        OverlayRoot.Prepare(layers, _map);
        using var ns = UserNamespaceFd.Create(_map);
        using var root = OverlayRoot.Create(layers, ns);
        var target = _directory.Create("target");
        MountApi.Move(root, target);
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_101_101);
        await Spawner.RunCheckedAsync(
            ["setpriv", "--reuid=1000000", "--regid=1000000", "--clear-groups", "sh", "-c", $"echo hi > {target}/var/new && rm {target}/var/new && rmdir {target}/var"],
            null, TestContext.Current.CancellationToken);
        Assert.False(Directory.Exists(target + "/var"));
        Assert.True(Directory.Exists(layers.Image + "/var"));
    }

    [Fact]
    public void Overlay_refuses_a_work_directory_elsewhere()
    {
        var layers = new OverlayLayers(_directory.Create("image"), _directory["upper"], "/dev/shm/berth-linux-test-work");
        try
        {
            OverlayRoot.Prepare(layers, _map);
            using var ns = UserNamespaceFd.Create(_map);
            Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => OverlayRoot.Create(layers, ns)).Errno);
        }
        finally
        {
            Directory.Delete("/dev/shm/berth-linux-test-work");
        }
    }

    private static SafeFileHandle OldKernel(OverlayLayers layers, SafeFileHandle ns)
    {
        using var image = IdMappedTree.Create(layers.Image, ns, MountAttributes.ReadOnly);
        return OverlayRoot.CreateInOwnNamespace(image, layers, null);
    }

    private static string Owner(string path) =>
        Spawner.RunCheckedAsync(["stat", "-c", "%u %g", path], null, CancellationToken.None).GetAwaiter().GetResult().Stdout.Trim();
}
