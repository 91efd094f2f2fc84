using System.Formats.Tar;
using System.Text;

namespace Berth.EndToEnd.Images;

/// <summary>Archives that mean harm: refused, or harmless, and nothing of them outside their own directory.</summary>
public sealed class HostileImageTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private const string Metadata = "architecture: x86_64\ncreation_date: 1700000000\n";

    private DirectoryInfo _outside = null!;

    private string Canary => Path.Combine(_outside.FullName, "canary");

    private string Archive => Path.Combine(_outside.FullName, "image.tar");

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

    [Fact]
    public async Task Names_that_climb_out() => await ImportAsync(Entry("rootfs/../../../../../../../../" + Canary, "harm"));

    [Fact]
    public async Task Absolute_names() => await ImportAsync(Entry(Canary, "harm"));

    [Fact]
    public async Task A_link_that_is_written_through() => await ImportAsync(
        new PaxTarEntry(TarEntryType.SymbolicLink, "rootfs/out") { LinkName = _outside.FullName },
        Entry("rootfs/out/canary", "harm"));

    [Fact]
    public async Task A_hard_link_to_the_host() => await ImportAsync(
        new PaxTarEntry(TarEntryType.HardLink, "rootfs/link") { LinkName = Canary },
        Entry("rootfs/link", "harm"));

    [Fact]
    public async Task A_root_that_is_a_link() => await ImportAsync(
        new PaxTarEntry(TarEntryType.SymbolicLink, "rootfs") { LinkName = _outside.FullName },
        Entry("rootfs/canary", "harm"));

    [Fact]
    public async Task Devices_of_the_host()
    {
        await ImportAsync(new PaxTarEntry(TarEntryType.BlockDevice, "rootfs/disk") { DeviceMajor = 8, DeviceMinor = 0, Mode = (UnixFileMode)0x1B6 });
        var devices = await Host.RunAsync("find", Server.Place.StateDirectory, "-xdev", "(", "-type", "b", "-o", "-type", "c", ")", "!", "-size", "0");
        Assert.Equal("", devices.Line);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(700)]
    [InlineData(100_000)]
    public async Task A_truncated_image_is_refused(int length)
    {
        await BusyboxImage.WriteAsync(Archive);
        await using (var file = File.OpenWrite(Archive))
        {
            file.SetLength(length);
        }

        await RefusedAsync();
    }

    [Fact]
    public async Task Noise_is_refused()
    {
        var noise = new byte[1 << 20];
        new Random(1).NextBytes(noise);
        await File.WriteAllBytesAsync(Archive, noise, Cancellation);
        await RefusedAsync();
    }

    [Fact]
    public async Task An_empty_file_is_refused()
    {
        await File.WriteAllBytesAsync(Archive, [], Cancellation);
        await RefusedAsync();
    }

    /// <summary>Either refused, or taken without harm; the canary decides.</summary>
    private async Task ImportAsync(params TarEntry[] entries)
    {
        await WriteAsync(entries);
        var result = await Server.TryBerthAsync("image", "import", Archive, "--alias", "hostile");
        if (result.ExitCode == 0)
        {
            // Some stores unpack at the first use only.
            await Server.TryBerthAsync("create", "hostile", "c1");
            await Server.DeleteAllAsync();
            await Server.BerthAsync("image", "delete", "hostile");
        }

        Assert.Equal("untouched", await File.ReadAllTextAsync(Canary, Cancellation));
        Assert.Equal([Canary, Archive], _outside.GetFiles().Select(f => f.FullName).Order(StringComparer.Ordinal));
        Assert.Equal("alive", await ExecAsync(await LaunchAsync("still"), "echo", "alive"));
    }

    private async Task RefusedAsync()
    {
        var before = await Server.Api.GetAsync("/1.0/images", Cancellation);
        (await Server.TryBerthAsync("image", "import", Archive, "--alias", "hostile")).Failed();
        Assert.Equal(before.GetArrayLength(), (await Server.Api.GetAsync("/1.0/images", Cancellation)).GetArrayLength());
    }

    private async Task WriteAsync(params TarEntry[] entries)
    {
        await using var file = File.Create(Archive);
        await using var tar = new TarWriter(file, TarEntryFormat.Pax);
        foreach (var entry in (TarEntry[])[Entry("metadata.yaml", Metadata), .. entries])
        {
            await tar.WriteEntryAsync(entry, Cancellation);
        }
    }

    private static PaxTarEntry Entry(string name, string text) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) };
}
