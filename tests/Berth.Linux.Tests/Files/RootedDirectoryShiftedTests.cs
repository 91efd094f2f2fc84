using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Tests.Files;

/// <summary>In the two kinds of root that containers have.</summary>
public sealed class RootedDirectoryShiftedTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly IdMap _map = new(1_000_000);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ids_are_those_inside(bool overlay)
    {
        using var root = new RootedDirectory(overlay ? Overlay() : IdMapped(), _map);
        using (var file = root.OpenWrite("new", WriteMode.CreateNew, new FileAttributeChange(33, 44, 0x180)))
        {
            Fd.WriteAll(file, "x"u8);
        }

        root.MakeDirectory("a/b", true, FileAttributeChange.None);
        root.MakeSymbolicLink("a/link", "b", new FileAttributeChange(1, 1));
        root.MakeNode("a/fifo", FileType.Fifo, 0, 0, FileAttributeChange.None);
        Assert.Equal((33L, 44L), Owner(root, "new"));
        Assert.Equal((0L, 0L), Owner(root, "a/b"));
        Assert.Equal((1L, 1L), Owner(root, "a/link"));
        Assert.Equal((0L, 0L), Owner(root, "old"));
        using (var file = root.OpenWrite("old", WriteMode.Overwrite, FileAttributeChange.None))
        {
            Fd.WriteAll(file, "y"u8);
        }

        var onDisk = FileStatus.Of(overlay ? _directory["upper/new"] : _directory["tree/new"]);
        Assert.Equal(overlay ? 1_000_033 : 33, onDisk.Uid);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => root.SetAttributes("old", new FileAttributeChange(Uid: 65536))).Errno);
        root.Delete("a", true);
        Assert.Equal(["new", "old"], root.List("/"));

        // The thread is root again.
        File.WriteAllText(_directory["own"], "x");
        Assert.Equal(0, FileStatus.Of(_directory["own"]).Uid);
    }

    private SafeFileHandle Overlay()
    {
        var layers = new OverlayLayers(_directory.Create("image"), _directory["upper"], _directory["work"]);
        File.WriteAllText(layers.Image + "/old", "from the image");
        OverlayRoot.Prepare(layers, _map);
        using var ns = UserNamespaceFd.Create(_map);
        return OverlayRoot.Create(layers, ns);
    }

    private SafeFileHandle IdMapped()
    {
        _directory.Create("tree");
        File.WriteAllText(_directory["tree/old"], "x");
        using var ns = UserNamespaceFd.Create(_map);
        return IdMappedTree.Create(_directory["tree"], ns);
    }

    private static (long, long) Owner(RootedDirectory root, string path)
    {
        var status = root.Stat(path);
        return (status.Uid, status.Gid);
    }
}
