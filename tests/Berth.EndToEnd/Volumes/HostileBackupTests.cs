using System.Formats.Tar;
using System.Text;

namespace Berth.EndToEnd.Volumes;

/// <summary>Backups that are cut off, or that mean harm, or that do not fit: refused, and nothing of them stays.</summary>
public sealed class HostileBackupTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private DirectoryInfo _outside = null!;

    private string Canary => Path.Combine(_outside.FullName, "canary");

    private string Archive => Path.Combine(_outside.FullName, "a.backup");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _outside = Directory.CreateTempSubdirectory("berth-e2e-outside-");
        await File.WriteAllTextAsync(Canary, "untouched", Cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        _outside.Delete(recursive: true);
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task Cut_off(string compression)
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        await Server.IncusAsync("snapshot", "create", "c1", "s1");
        await Server.IncusAsync("export", "c1", Archive, "--compression", compression);
        await Server.IncusAsync("delete", "c1");
        var whole = await File.ReadAllBytesAsync(Archive, Cancellation);
        foreach (var length in new[] { 0, 100, whole.Length / 3, whole.Length * 9 / 10, whole.Length - 2000 })
        {
            await File.WriteAllBytesAsync(Archive, whole[..length], Cancellation);
            (await Server.TryIncusAsync("import", Archive)).Failed();
            (await Server.TryIncusAsync("storage", "volume", "import", "default", Archive, "data")).Failed();
            await NothingAsync();
        }
    }

    [Fact]
    public Task Names_that_climb_out() => ImportAsync(Entry("../../../../../../../.." + Canary));

    [Fact]
    public Task A_link_that_is_written_through() => ImportAsync(
        b => new PaxTarEntry(TarEntryType.SymbolicLink, b + "/out") { LinkName = _outside.FullName },
        Entry("out/canary"));

    [Fact]
    public Task A_hard_link_to_the_host() => ImportAsync(
        b => new PaxTarEntry(TarEntryType.HardLink, b + "/link") { LinkName = Canary },
        Entry("link"));

    [Fact]
    public Task What_comes_after_the_end_of_it() => ImportAsync(Entry("fine"), _ => new PaxTarEntry(TarEntryType.RegularFile, "elsewhere/file"));

    [Theory]
    [InlineData("../../escape", "")]
    [InlineData("a/b", "")]
    [InlineData("", "")]
    [InlineData("fine", "snapshots: [../../../../escape]\n")]
    [InlineData("fine", "snapshots: [one, one]\n")]
    [InlineData("fine", "snapshots: [missing]\n")]
    [InlineData("fine", "optimized: true\n")]
    [InlineData("fine", "config: [1, 2]\n")]
    [InlineData("fine", "config: &a [*a, *a]\n")]
    public async Task An_index_that_lies(string name, string more)
    {
        foreach (var type in new[] { "container", "virtual-machine", "custom", "floppy" })
        {
            await WriteAsync(Index(name, type, more), b => new PaxTarEntry(TarEntryType.Directory, b), Base(type));
            await RefusedAsync();
        }
    }

    [Fact]
    public async Task A_pool_that_is_full()
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        await Server.BerthAsync("start", "c1");
        await ExecAsync("c1", "dd", "if=/dev/urandom", "of=/root/much", "bs=1M", "count=24");
        await VolumeTools.RunAsync(Server, "create", "default", "data");
        await VolumeTools.RunAsync(Server, "attach", "default", "data", "c1", "data", "/data");
        await ExecAsync("c1", "cp", "/root/much", "/data/much");
        await Server.IncusAsync("export", "c1", Archive, "--compression", "none");
        await VolumeTools.RunAsync(Server, "export", "default", "data", Archive + "2", "--compression", "none");
        var small = Path.Combine(Server.Place.Root, "small");
        Directory.CreateDirectory(small);
        await Host.RunAsync("mount", "-t", "tmpfs", "-o", "size=16M", "tmpfs", small);
        try
        {
            await Server.BerthAsync("storage", "create", "small", "dir", "source=" + small);
            (await Server.TryIncusAsync("import", Archive, "c2", "--storage", "small")).Failed();
            (await Server.TryIncusAsync("storage", "volume", "import", "small", Archive + "2", "data2")).Failed();
            (await Server.TryIncusAsync("storage", "volume", "copy", "default/data", "small/data2")).Failed();
            (await Server.TryIncusAsync("copy", "c1", "c2", "--storage", "small")).Failed();
            Assert.Equal(["c1"], await Server.NamesAsync());
            Assert.Empty(await VolumeTools.NamesAsync(Server, "small"));
            Assert.InRange(new DriveInfo(small).AvailableFreeSpace, 15 << 20, 16 << 20);
        }
        finally
        {
            await Server.DeleteAllAsync();
            await VolumeTools.DeleteAllAsync(Server);
            await Server.BerthAsync("storage", "delete", "small");
            await Host.RunAsync("umount", small);
            Directory.Delete(small);
        }
    }

    private static string Base(string type) => type switch
    {
        "virtual-machine" => "backup/virtual-machine",
        "custom" => "backup/volume",
        _ => "backup/container/rootfs",
    };

    private static string Index(string name, string type, string more) =>
        $"name: \"{name}\"\nbackend: dir\npool: default\ntype: {type}\n{more}"
        + (more.StartsWith("config", StringComparison.Ordinal)
            ? ""
            : "config:\n  container:\n    name: x\n    architecture: x86_64\n    profiles: [default]\n  volume:\n    name: x\n    content_type: filesystem\n");

    private static Func<string, PaxTarEntry> Entry(string name) => where =>
        new PaxTarEntry(TarEntryType.RegularFile, $"{where}/{name}") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("harm")) };

    /// <summary>As a container and as a volume.</summary>
    private async Task ImportAsync(params Func<string, PaxTarEntry>[] entries)
    {
        foreach (var type in new[] { "container", "custom" })
        {
            await WriteAsync(Index("harm", type, ""), entries, Base(type));
            await RefusedAsync();
        }
    }

    private async Task RefusedAsync()
    {
        (await Server.TryIncusAsync("import", Archive)).Failed();
        (await Server.TryIncusAsync("storage", "volume", "import", "default", Archive)).Failed();
        await NothingAsync();
    }

    private async Task NothingAsync()
    {
        Assert.Empty(await Server.NamesAsync());
        Assert.Empty(await VolumeTools.NamesAsync(Server));
        Assert.Equal("untouched", await File.ReadAllTextAsync(Canary, Cancellation));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(Server.Place.StateDirectory, "..")), e => e.Contains("escape", StringComparison.Ordinal));
    }

    private Task WriteAsync(string index, Func<string, PaxTarEntry> entry, string where) => WriteAsync(index, [entry], where);

    private async Task WriteAsync(string index, Func<string, PaxTarEntry>[] entries, string where)
    {
        await using var file = File.Create(Archive);
        await using var tar = new TarWriter(file, TarEntryFormat.Pax);
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "backup/index.yaml") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(index)) }, Cancellation);
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, where), Cancellation);
        foreach (var entry in entries)
        {
            await tar.WriteEntryAsync(entry(where), Cancellation);
        }
    }
}
