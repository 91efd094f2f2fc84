using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Namespaces;
using Berth.Linux.Processes;

namespace Berth.Linux.Tests.Files;

/// <summary>On a btrfs of the test's own, in a file behind a loop device.</summary>
public sealed class BtrfsTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private LoopDevice? _loop;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Root => _directory["mnt"];

    public async ValueTask InitializeAsync()
    {
        using (var image = Fd.Open(_directory["image"], OpenFlags.ReadWrite | OpenFlags.Create, 0x180))
        {
            RandomAccess.SetLength(image, 300 << 20);
        }

        await Spawner.RunCheckedAsync(["mkfs.btrfs", "-q", _directory["image"]], null, Cancel);
        _loop = LoopDevice.Attach(_directory["image"], directIo: true);
        _directory.Create("mnt");
        using var mount = MountApi.CreateFileSystem("btrfs", [new("source", _loop.Path)]);
        MountApi.Move(mount, Root);
    }

    public async ValueTask DisposeAsync()
    {
        var path = _loop?.Path;
        _loop?.Dispose();
        _directory.Dispose();

        // udev looks at a device that comes or goes, and the kernel keeps it until it has.
        for (var left = 50; left > 0 && IsOurs(path); left--)
        {
            await Task.Delay(100, CancellationToken.None);
        }

        Assert.False(IsOurs(path));
    }

    private bool IsOurs(string? loop)
    {
        var backing = $"/sys/block/{Path.GetFileName(loop)}/loop/backing_file";
        return loop is not null && File.Exists(backing) && File.ReadAllText(backing).StartsWith(_directory.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Subvolumes_snapshots_and_nested_deletion()
    {
        Assert.True(Btrfs.IsBtrfs(Root));
        Assert.False(Btrfs.IsBtrfs("/proc"));
        Btrfs.CreateSubvolume($"{Root}/a");
        Assert.True(Btrfs.IsSubvolume($"{Root}/a"));
        File.WriteAllText($"{Root}/a/file", "1");
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => Btrfs.CreateSubvolume($"{Root}/a")).Errno);
        Btrfs.Snapshot($"{Root}/a", $"{Root}/snap", readOnly: true);
        File.WriteAllText($"{Root}/a/file", "2");
        Assert.Equal("1", File.ReadAllText($"{Root}/snap/file"));
        Assert.True(Btrfs.IsReadOnly($"{Root}/snap"));
        Assert.NotEqual(Btrfs.SubvolumeId($"{Root}/a"), Btrfs.SubvolumeId($"{Root}/snap/file"));
        Directory.CreateDirectory($"{Root}/a/x/y");
        Assert.False(Btrfs.IsSubvolume($"{Root}/a/x"));
        Btrfs.CreateSubvolume($"{Root}/a/x/y/nested");
        Btrfs.CreateSubvolume($"{Root}/a/x/y/nested/deeper");
        Btrfs.CreateSubvolume($"{Root}/a/beside");
        Btrfs.SetReadOnly($"{Root}/a", true);
        Btrfs.DeleteSubvolume($"{Root}/a");
        Assert.False(Directory.Exists($"{Root}/a"));
        Btrfs.DeleteSubvolume($"{Root}/snap/");
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => Btrfs.DeleteSubvolume($"{Root}/a")).Errno);
    }

    [Fact]
    public void Quota_stops_writes_and_is_read()
    {
        Assert.Null(Btrfs.ReadQuota(Root));
        Btrfs.EnableQuota(Root);
        Btrfs.WaitForQuotaScan(Root);
        Btrfs.CreateSubvolume($"{Root}/q");
        Btrfs.SetQuota($"{Root}/q", 4 << 20);
        var e = Assert.ThrowsAny<IOException>(() => File.WriteAllBytes($"{Root}/q/big", Random.Shared.GetItems<byte>([1, 2, 3], 16 << 20)));
        Assert.Contains("quota", e.Message, StringComparison.OrdinalIgnoreCase);
        Btrfs.SetQuota($"{Root}/q", null);
        File.WriteAllBytes($"{Root}/q/more", new byte[8 << 20]);

        // Read where nothing was refused: what a refused write had reserved is given back in the background.
        Btrfs.CreateSubvolume($"{Root}/r");
        File.WriteAllBytes($"{Root}/r/big", new byte[8 << 20]);
        FileOperations.SyncFileSystem(Root);
        Assert.InRange(Btrfs.ReadQuota($"{Root}/r")!.Referenced, 8 << 20, 10 << 20);
    }

    [Fact]
    public void Snapshot_can_be_id_mapped()
    {
        Btrfs.CreateSubvolume($"{Root}/a");
        File.WriteAllText($"{Root}/a/file", "1");
        using var ns = UserNamespaceFd.Create(new IdMap(1_000_000));
        using var tree = IdMappedTree.Create($"{Root}/a", ns);
        using var file = Fd.OpenAt(tree, "file", OpenFlags.Path);
        Assert.Equal(1_000_000, FileStatus.Of(file).Uid);
    }

    [Fact]
    public void Copy_is_a_reflink()
    {
        File.WriteAllBytes($"{Root}/a", new byte[1 << 20]);
        using var from = Fd.Open($"{Root}/a", OpenFlags.ReadOnly);
        using var to = Fd.Open($"{Root}/b", OpenFlags.WriteOnly | OpenFlags.Create, 0x180);
        Assert.Equal(CopyMethod.Reflink, FileCopy.Copy(from, to, null, Cancel));
        Assert.Equal(1 << 20, new FileInfo($"{Root}/b").Length);
    }

    [Fact]
    public void Loop_device_grows_with_its_file()
    {
        var size = $"/sys/block/{Path.GetFileName(_loop!.Path)}/size";
        Assert.Equal($"{300 << 11}", Fd.ReadText(size));
        using (var image = Fd.Open(_directory["image"], OpenFlags.ReadWrite))
        {
            RandomAccess.SetLength(image, 320 << 20);
        }

        _loop.UpdateCapacity();
        Assert.Equal($"{320 << 11}", Fd.ReadText(size));
    }
}
