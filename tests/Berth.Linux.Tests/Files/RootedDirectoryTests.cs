using System.Text;
using Berth.Linux.Files;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Tests.Files;

public sealed class RootedDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RootedDirectory _root;

    public RootedDirectoryTests()
    {
        _directory.Create("root/etc");
        File.WriteAllText(_directory["secret"], "outside");
        File.WriteAllText(_directory["root/etc/passwd"], "inside");
        _root = RootedDirectory.Open(_directory["root"]);
    }

    public void Dispose()
    {
        _root.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/../../../etc/./passwd")]
    public void Every_path_stays_inside(string path) => Assert.Equal("inside", Read(path));

    [Theory]
    [InlineData("/etc/passwd", "inside")]
    [InlineData("../../../../etc/passwd", "inside")]
    [InlineData("passwd", "inside")]
    public void Links_are_followed_inside(string target, string content)
    {
        _root.MakeSymbolicLink("etc/link", target, FileAttributeChange.None);
        Assert.Equal(content, Read("etc/link"));
        Assert.Equal(target, _root.ReadLink("etc/link"));
        Write("etc/link", "changed");
        Assert.Equal("changed", Read("etc/passwd"));
        Assert.Equal(FileType.SymbolicLink, _root.Stat("etc/link").Type);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("../../secret")]
    public void Link_to_the_outside_is_a_link_to_nowhere(string target)
    {
        _root.MakeSymbolicLink("link", target, FileAttributeChange.None);
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => Read("link")).Errno);
        Assert.Throws<LinuxException>(() => Write("link", "x"));
        _root.MakeSymbolicLink("dir", "..", FileAttributeChange.None);
        Write("dir/new", "x");
        Assert.True(File.Exists(_directory["root/new"]));
        Assert.Equal("outside", File.ReadAllText(_directory["secret"]));
        _root.Delete("link", recursive: true);
        Assert.True(File.Exists(_directory["secret"]));
    }

    [Fact]
    public void Magic_links_are_refused()
    {
        using var proc = RootedDirectory.Open("/proc");
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => proc.Stat("self/root/etc/passwd")).Errno);
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => proc.OpenRead("self/cwd")).Errno);
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => proc.OpenRead("self/exe")).Errno);
    }

    [Fact]
    public void Pipes_devices_and_directories_are_not_opened()
    {
        _root.MakeNode("fifo", FileType.Fifo, 0, 0, FileAttributeChange.None);
        _root.MakeNode("null", FileType.CharacterDevice, 1, 3, FileAttributeChange.None);
        Assert.Equal("1:3", _root.Stat("null").DeviceNumber);
        foreach (var name in new[] { "fifo", "null" })
        {
            Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Read(name)).Errno);
            Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Write(name, "x")).Errno);
        }

        Assert.Equal(Errno.EISDIR, Assert.Throws<LinuxException>(() => Read("etc")).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _root.MakeNode("x", FileType.Regular, 0, 0, FileAttributeChange.None)).Errno);
    }

    [Fact]
    public void Bad_names_are_refused_and_lose_nothing()
    {
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Write("etc/passwd\0x", "x")).Errno);
        Assert.Equal(Errno.ENAMETOOLONG, Assert.Throws<LinuxException>(() => Write(new string('n', 256), "x")).Errno);
        Assert.Equal(Errno.ENAMETOOLONG, Assert.Throws<LinuxException>(() => Read(string.Concat(Enumerable.Repeat("./", 3000)) + "x")).Errno);
        Assert.Equal(Errno.EISDIR, Assert.Throws<LinuxException>(() => Write("etc/..", "x")).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _root.Delete("/", true)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _root.Delete("etc/..", true)).Errno);
        var bad = new FileAttributeChange(Uid: -1);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _root.OpenWrite("etc/passwd", WriteMode.Overwrite, bad)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _root.OpenWrite("etc/passwd", WriteMode.Overwrite, new(Mode: 0x1FFF))).Errno);
        Assert.Equal("inside", Read("etc/passwd"));
    }

    [Fact]
    public void Write_modes_and_attributes()
    {
        Write("a", "1", new FileAttributeChange(7, 8, 0x980 | 0x1C0));
        var made = _root.Stat("a");
        Assert.Equal((7L, 8L, 0x980 | 0x1C0, 1L), (made.Uid, made.Gid, made.Mode, made.Size));
        Write("a", "22");
        Assert.Equal((7L, 2L), (_root.Stat("a").Uid, _root.Stat("a").Size));
        using (var file = _root.OpenWrite("a", WriteMode.Append, FileAttributeChange.None))
        {
            Fd.WriteAll(file, "3"u8);
        }

        Assert.Equal("223", Read("a"));
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => _root.OpenWrite("a", WriteMode.CreateNew, FileAttributeChange.None)).Errno);
        Write("b", "x");
        Assert.Equal((0L, 0x1A4), (_root.Stat("b").Uid, _root.Stat("b").Mode));
        _root.SetAttributes("b", new FileAttributeChange(Gid: 5, Mode: 0x100));
        Assert.Equal((0L, 5L, 0x100), (_root.Stat("b").Uid, _root.Stat("b").Gid, _root.Stat("b").Mode));
        _root.Rename("b", "etc/b");
        Assert.Equal(["b", "passwd"], _root.List("etc"));
        Assert.Null(_root.TryStat("b"));
    }

    [Fact]
    public void Directories_are_made_with_their_parents_through_links()
    {
        _root.MakeSymbolicLink("link", "/etc", FileAttributeChange.None);
        _root.MakeDirectory("link/a/b", parents: true, new FileAttributeChange(3, 4, 0x1C0));
        _root.MakeDirectory("link/a/b", parents: true, FileAttributeChange.None);
        Assert.Equal((3L, 0x1C0), (_root.Stat("etc/a/b").Uid, _root.Stat("etc/a").Mode));
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => _root.MakeDirectory("etc/a", false, FileAttributeChange.None)).Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => _root.MakeDirectory("x/y", false, FileAttributeChange.None)).Errno);
        Assert.Equal(Errno.ENOTDIR, Assert.Throws<LinuxException>(() => _root.MakeDirectory("etc/passwd/y", true, FileAttributeChange.None)).Errno);
    }

    [Fact]
    public async Task Delete_follows_no_link_and_takes_names_that_are_no_text()
    {
        _directory.Create("outside-dir");
        File.WriteAllText(_directory["outside-dir/keep"], "x");
        _directory.Create("root/d/e/f");
        File.CreateSymbolicLink(_directory["root/d/link"], _directory["outside-dir"]);
        var script = $"cd {_directory["root/d"]} && touch \"$(printf 'bad\\377name')\"";
        await Spawner.RunCheckedAsync(["bash", "-c", script], null, TestContext.Current.CancellationToken);
        Assert.Equal(Errno.ENOTEMPTY, Assert.Throws<LinuxException>(() => _root.Delete("d", recursive: false)).Errno);
        _root.Delete("d/", recursive: true);
        Assert.Null(_root.TryStat("d"));
        Assert.True(File.Exists(_directory["outside-dir/keep"]));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => _root.Delete("d", true)).Errno);
    }

    [Fact]
    public void Tree_far_deeper_than_a_path_can_be_is_deleted()
    {
        _root.MakeDirectory("deep", false, FileAttributeChange.None);
        var current = Fd.Open(_directory["root/deep"], OpenFlags.Path | OpenFlags.Directory);
        for (var i = 0; i < 3000; i++)
        {
            using var level = new RootedDirectory(current);
            level.MakeDirectory("directory", false, FileAttributeChange.None);
            current = level.OpenPath("directory", false);
        }

        current.Dispose();
        _root.Delete("deep", recursive: true);
        Assert.Null(_root.TryStat("deep"));
    }

    [Fact]
    public void Delete_does_not_enter_what_is_mounted_below()
    {
        _directory.Create("root/d/mnt");
        using var mount = Linux.Mounts.MountApi.CreateFileSystem("tmpfs", []);
        Linux.Mounts.MountApi.Move(mount, _directory["root/d/mnt"]);
        File.WriteAllText(_directory["root/d/mnt/keep"], "x");
        Assert.Equal(Errno.EBUSY, Assert.Throws<LinuxException>(() => _root.Delete("d", true)).Errno);
        Assert.True(File.Exists(_directory["root/d/mnt/keep"]));
    }

    private string Read(string path)
    {
        using var file = _root.OpenRead(path);
        return ReadAll(file);
    }

    private static string ReadAll(SafeFileHandle file)
    {
        var buffer = new byte[1000];
        return Encoding.UTF8.GetString(buffer, 0, Fd.TryRead(file, buffer) ?? 0);
    }

    private void Write(string path, string text, FileAttributeChange? attributes = null)
    {
        using var file = _root.OpenWrite(path, WriteMode.Overwrite, attributes ?? FileAttributeChange.None);
        Fd.WriteAll(file, Encoding.UTF8.GetBytes(text));
    }
}
