using System.Text;
using Berth.Core.Images.Archives;
using CsCheck;

namespace Berth.Core.Tests.Images;

/// <summary>Archives of strangers: each is refused with a reason, and nothing outside of the tree is touched.</summary>
public sealed class UnpackTests : IDisposable
{
    private const string Types = "01256";
    private static readonly string[] Parts = ["a", "b", "..", ".", "", "l", "outside", "victim", "dev", "é"];
    private static readonly TreeLimits Limits = new() { MaxBytes = 64 << 20, MaxEntries = 1000 };

    private readonly TestHost _host = new();
    private readonly string _tree;
    private readonly string _outside;

    public UnpackTests()
    {
        _tree = _host.Directory_("tree");
        _outside = _host.Directory_("outside");
        File.WriteAllText(Path.Combine(_outside, "victim"), "untouched");
    }

    public void Dispose() => _host.Dispose();

    public static TheoryData<string, string> Hostile() => new()
    {
        { "dotdot", "goes up" },
        { "inner-dotdot", "goes up" },
        { "absolute", "is absolute" },
        { "through-link", "symbolic link" },
        { "through-deep-link", "symbolic link" },
        { "directory-through-link", "symbolic link" },
        { "hardlink-outside", "goes up" },
        { "hardlink-absolute", "is absolute" },
        { "hardlink-through-link", "symbolic link" },
        { "hardlink-missing", "hard link" },
        { "device", "device node" },
        { "block-device", "device node" },
        { "whiteout", "device node" },
        { "owner", "owner" },
        { "owner-huge", "owner" },
        { "long-name", "longer or deeper" },
        { "deep", "longer or deeper" },
        { "replace-directory", "replace a directory" },
        { "sparse-lie", "sparse" },
        { "sparse-huge", "claims a size" },
        { "pax-path", "goes up" },
        { "gnu-long-path", "goes up" },
        { "size-on-directory", "bytes of data" },
        { "unknown-type", "unknown type" },
        { "root-is-link", "not a directory" },
        { "huge-meta", "extended header" },
        { "negative-size", "" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Hostile_archive_is_refused(string name, string reason)
    {
        var error = await Assert.ThrowsAsync<BerthException>(() => UnpackAsync(Make(name)));
        Assert.Equal(ErrorKind.BadRequest, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal("untouched", await File.ReadAllTextAsync(Path.Combine(_outside, "victim"), TestHost.Cancel));
        Assert.Single(Directory.EnumerateFileSystemEntries(_outside));
    }

    private byte[] Make(string name) => name switch
    {
        "dotdot" => new TarBuilder().File("../outside/victim", "x").Build(),
        "inner-dotdot" => new TarBuilder().File("a/../../outside/victim", "x").Build(),
        "absolute" => new TarBuilder().File($"{_outside}/victim", "x").Build(),
        "through-link" => new TarBuilder().Link("l", "../outside").File("l/victim", "x").Build(),
        "through-deep-link" => new TarBuilder().Dir("a").Link("a/l", _outside).File("a/l/sub/new", "x").Build(),
        "directory-through-link" => new TarBuilder().Link("l", _outside).Dir("l/new/").Build(),
        "hardlink-outside" => new TarBuilder().Hard("h", "../outside/victim").File("h", "x").Build(),
        "hardlink-absolute" => new TarBuilder().Hard("h", $"{_outside}/victim").Build(),
        "hardlink-through-link" => new TarBuilder().Link("l", _outside).Hard("h", "l/victim").Build(),
        "hardlink-missing" => new TarBuilder().Hard("h", "nowhere").Build(),
        "device" => new TarBuilder().Entry('3', "opt/mem").Build(),
        "block-device" => new TarBuilder().Entry('4', "opt/sda").Build(),
        "whiteout" => new TarBuilder().Entry('3', "etc/passwd").Build(),
        "owner" => new TarBuilder().File("f", "x", uid: 65536).Build(),
        "owner-huge" => new TarBuilder().File("f", "x", gid: 1L << 40).Build(),
        "long-name" => new TarBuilder().Pax("path", new string('x', 256)).File("f", "x").Build(),
        "deep" => new TarBuilder().Pax("path", string.Concat(Enumerable.Repeat("d/", 200)) + "f").File("f", "x").Build(),
        "replace-directory" => new TarBuilder().Dir("d").File("d/f", "x").File("d", "x").Build(),
        "sparse-lie" => new TarBuilder().Pax(("GNU.sparse.map", "0,4,2,4"u8.ToArray()), ("GNU.sparse.size", "100"u8.ToArray())).File("f", "12345678").Build(),
        "sparse-huge" => new TarBuilder().Pax(("GNU.sparse.map", "0,4"u8.ToArray()), ("GNU.sparse.size", "9000000000000000"u8.ToArray())).File("f", "1234").Build(),
        "pax-path" => new TarBuilder().Pax("path", "../outside/victim").File("harmless", "x").Build(),
        "gnu-long-path" => new TarBuilder().Entry('L', "long", "../outside/victim\0"u8.ToArray()).File("harmless", "x").Build(),
        "size-on-directory" => new TarBuilder().Entry('5', "d", new byte[512]).Build(),
        "unknown-type" => new TarBuilder().Entry('Z', "z").Build(),
        "root-is-link" => new TarBuilder().Link("./", _outside).File("victim", "x").Build(),
        "huge-meta" => new TarBuilder().Entry('L', "long", size: 1L << 40).Build(),
        "negative-size" => new TarBuilder().Entry('0', "f", size: -5).Build(),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    [Fact]
    public async Task Bomb_ends_at_the_limit()
    {
        var content = new byte[1 << 20];
        var tar = new TarBuilder();
        for (var i = 0; i < 100; i++)
        {
            tar.Entry('0', $"f{i}", content);
        }

        Assert.Equal(ErrorKind.NoSpace, (await Assert.ThrowsAsync<BerthException>(() => UnpackAsync(tar.Build()))).Kind);
    }

    [Fact]
    public async Task Too_many_files_are_refused()
    {
        var tar = new TarBuilder();
        for (var i = 0; i < 1001; i++)
        {
            tar.File($"f{i}", "");
        }

        Assert.Contains("more than 1000 files", (await Assert.ThrowsAsync<BerthException>(() => UnpackAsync(tar.Build()))).Message, StringComparison.Ordinal);
    }

    /// <summary>As tar writes it with --sparse: the map is text in front of the data, filled up to a block.</summary>
    [Fact]
    public async Task A_file_that_is_one_hole_keeps_its_size()
    {
        var content = new byte[512];
        "1\n1000000\n0\n"u8.CopyTo(content);
        await UnpackAsync(new TarBuilder()
            .Pax(("GNU.sparse.major", "1"u8.ToArray()), ("GNU.sparse.minor", "0"u8.ToArray()), ("GNU.sparse.name", "hole"u8.ToArray()), ("GNU.sparse.realsize", "1000000"u8.ToArray()))
            .Entry('0', "GNUSparseFile.1/hole", content)
            .Build());
        Assert.Equal(1_000_000, new FileInfo(Path.Combine(_tree, "hole")).Length);
    }

    [Fact]
    public async Task Every_truncation_is_noticed()
    {
        var whole = new TarBuilder().Dir("d").File("d/f", new string('x', 700)).Link("l", "d").Build(end: false);
        for (var length = 0; length <= whole.Length; length += 64)
        {
            var cut = whole[..length];
            var error = await Assert.ThrowsAsync<BerthException>(() => UnpackAsync(cut));
            Assert.Equal(ErrorKind.BadRequest, error.Kind);
        }
    }

    [Fact]
    public async Task Good_tree_keeps_everything()
    {
        byte[] capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        await UnpackAsync(new TarBuilder()
            .Dir("./", 0x1ed)
            .Dir("./etc/", 0x1c0)
            .File("./etc/shadow", "secret", 0x1a0, 0, 42)
            .File("bin/su", "#!", 0x9ed)
            .Pax(("SCHILY.xattr.security.capability", capability), ("SCHILY.xattr.trusted.overlay.redirect", "/etc"u8.ToArray()), ("mtime", "1600000000.5"u8.ToArray()))
            .File("bin/ping", "ping", 0x1ed)
            .Hard("bin/ping6", "bin/ping")
            .Link("lib", "/usr/lib")
            .Entry('6', "run/pipe", mode: 0x180)
            .Entry('3', "dev/null")
            .File("bin/su", "replaced", 0x9ed, 0, 0)
            .Pax(("GNU.sparse.map", "4096,3"u8.ToArray()), ("GNU.sparse.size", "1000000"u8.ToArray()))
            .File("sparse", "end")
            .Entry('L', "x", Encoding.UTF8.GetBytes(new string('n', 150) + "\0"))
            .File("short", "long name")
            .Build());
        var listing = await _host.ShellAsync("cd tree; find . -printf '%P %y %m %U:%G %s %n %l\\n' | sort; getcap -n bin/ping 2>/dev/null || true; stat -c '%y' bin/ping");
        Assert.Contains("etc d 700 0:0", listing, StringComparison.Ordinal);
        Assert.Contains("etc/shadow f 640 0:42 6 1", listing, StringComparison.Ordinal);
        Assert.Contains("bin/su f 4755 0:0 8 1", listing, StringComparison.Ordinal);
        Assert.Contains("bin/ping f 755 0:0 4 2", listing, StringComparison.Ordinal);
        Assert.Contains("bin/ping6 f 755 0:0 4 2", listing, StringComparison.Ordinal);
        Assert.Contains("lib l 777 0:0 8 1 /usr/lib", listing, StringComparison.Ordinal);
        Assert.Contains("run/pipe p 600", listing, StringComparison.Ordinal);
        Assert.Contains("sparse f 644 0:0 1000000 1", listing, StringComparison.Ordinal);
        Assert.Contains(new string('n', 150) + " f", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("null", listing, StringComparison.Ordinal);
        Assert.Contains("2020-09-13 12:26:40.5", listing, StringComparison.Ordinal);
        var attributes = await _host.ShellAsync("python3 -c 'import os;print(os.listxattr(\"tree/bin/ping\"), os.getxattr(\"tree/bin/ping\", \"security.capability\").hex())'");
        Assert.Contains("['security.capability'] 0100000200040000", attributes, StringComparison.Ordinal);
    }

    /// <summary>Whatever random entries an archive has, it is unpacked or refused, and nothing changes outside.</summary>
    [Fact]
    public async Task Random_archives_stay_inside()
    {
        var part = Gen.Int[0, Parts.Length - 1].Select(i => Parts[i]);
        var path = part.Array[1, 5].Select(parts => string.Join('/', parts));
        var entry = Gen.Select(Gen.Int[0, Types.Length - 1].Select(i => Types[i]), path, path);
        await Gen.Select(entry.Array[1, 12], Gen.Int[0, 4]).SampleAsync(async sample =>
        {
            var (entries, cut) = sample;
            var tar = new TarBuilder();
            foreach (var (type, name, target) in entries)
            {
                tar.Entry(type, name, type == '0' ? "x"u8.ToArray() : null, target);
            }

            var tree = Directory.CreateDirectory(Path.Combine(_tree, Guid.NewGuid().ToString("N"))).FullName;
            var bytes = tar.Build();
            try
            {
                await TreeUnpacker.UnpackAsync(new MemoryStream(bytes[..^(cut * 100)]), "", tree, Limits, CancellationToken.None);
            }
            catch (BerthException e) when (e.Kind == ErrorKind.BadRequest)
            {
            }

            return File.ReadAllText(Path.Combine(_outside, "victim")) == "untouched"
                && Directory.EnumerateFileSystemEntries(_outside).Count() == 1
                && Directory.EnumerateFileSystemEntries(_host.Root).Count() == 2;
        }, iter: 500, threads: 1);
    }

    private Task UnpackAsync(byte[] tar) => TreeUnpacker.UnpackAsync(new MemoryStream(tar), "", _tree, Limits, TestHost.Cancel);
}
