using System.Collections.Immutable;
using System.Security.Cryptography;
using Berth.Core.Images;
using Berth.Core.Images.Import;

namespace Berth.Core.Tests.Images;

public sealed class ImportTests : IDisposable
{
    private readonly TestHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Unified_tarball_keeps_its_bytes_and_its_fingerprint()
    {
        var bytes = Unified();
        var image = await _host.ImportAsync(bytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), image.Fingerprint);
        Assert.Equal("Test", image.Properties["os"]);
        Assert.Equal(ImageType.Container, image.Type);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1700000000), image.CreatedAt);
        Assert.Equal(ImageContentKind.UnifiedTree, image.Content.Kind);
        var files = _host.Store.OpenFiles("default", image.Fingerprint[..8]);
        var exported = new MemoryStream();
        await using var stream = Assert.Single(files).Stream;
        await stream.CopyToAsync(exported, TestHost.Cancel);
        Assert.Equal(bytes, exported.ToArray());
        Assert.Equal($"{image.Fingerprint}.tar", files[0].DownloadName);
    }

    [Fact]
    public async Task Unified_tarball_may_name_its_parts_from_the_root_on_and_nothing_else()
    {
        const string yaml = "architecture: x86_64\ncreation_date: 1700000000\n";
        var image = await _host.ImportAsync(new TarBuilder().File("metadata.yaml", yaml).Dir("rootfs").File("/rootfs/etc/inittab", "x").Build());
        Assert.Equal(ImageContentKind.UnifiedTree, image.Content.Kind);
        foreach (var path in (string[])["/etc/passwd", "/rootfs/../etc/passwd", "/rootfsx/a"])
        {
            var error = await Assert.ThrowsAsync<BerthException>(
                () => _host.ImportAsync(new TarBuilder().File("metadata.yaml", yaml).Dir("rootfs").File(path, "x").Build()));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Split_image_hashes_metadata_then_content()
    {
        var squashfs = await SquashfsAsync("mkdir -p t/etc t/dev && echo hi > t/etc/motd && ln -s ../../up t/etc/up && mknod t/dev/null c 1 3");
        var metadata = TestHost.Metadata();
        var image = await _host.ImportAsync(metadata, squashfs);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([.. metadata, .. squashfs])), image.Fingerprint);
        Assert.Equal(["metadata", "rootfs"], image.Files.Select(file => file.Name));
        Assert.Equal(ImageContentKind.Squashfs, image.Content.Kind);
    }

    [Fact]
    public async Task Root_tarball_takes_the_properties_that_are_given()
    {
        var options = new ImageImportOptions
        {
            Properties = ImmutableSortedDictionary<string, string>.Empty.Add("os", "Own"),
            Aliases = [("own/1", "mine")],
        };
        var image = await _host.ImportAsync(options, new TarBuilder().Dir("etc").File("etc/os-release", "x").Build());
        Assert.Equal(ImageContentKind.RootTarball, image.Content.Kind);
        Assert.Equal("Own", image.Properties["os"]);
        Assert.Equal(image.Fingerprint, _host.Store.Resolve("default", "own/1").Fingerprint);
    }

    [Theory]
    [InlineData("gzip", "gzip -c")]
    [InlineData("bzip2", "bzip2 -c")]
    [InlineData("xz", "xz -c")]
    [InlineData("lzma", "xz --format=lzma -c")]
    [InlineData("zstd", "zstd -qc")]
    [InlineData("lz4", "lz4 -qc")]
    public async Task Every_compression_is_told_by_content_and_truncation_is_noticed(string name, string command)
    {
        await File.WriteAllBytesAsync(Path.Combine(_host.Root, "u.tar"), Unified(RandomNumberGenerator.GetHexString(200_000)), TestHost.Cancel);
        await _host.ShellAsync($"{command} < u.tar > packed");
        var bytes = await File.ReadAllBytesAsync(Path.Combine(_host.Root, "packed"), TestHost.Cancel);
        var error = await Assert.ThrowsAsync<BerthException>(() => _host.ImportAsync(bytes[..(bytes.Length / 2)]));
        Assert.Equal(ErrorKind.BadRequest, error.Kind);
        _host.AssertNothingLeft();
        var image = await _host.ImportAsync(bytes);
        Assert.Equal(name, image.Content.Compression);
        Assert.Equal("Test", image.Properties["os"]);
    }

    [Fact]
    public async Task Wrong_fingerprint_is_refused()
    {
        var error = await Assert.ThrowsAsync<BerthException>(
            () => _host.ImportAsync(new ImageImportOptions { ExpectedFingerprint = new string('0', 64) }, Unified()));
        Assert.Contains("expected was", error.Message, StringComparison.Ordinal);
        _host.AssertNothingLeft();
    }

    [Fact]
    public async Task The_same_image_twice_is_a_conflict()
    {
        await _host.ImportAsync(Unified());
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<BerthException>(() => _host.ImportAsync(Unified()))).Kind);
        Assert.Single(_host.Store.List());
    }

    public static TheoryData<string, byte[]> Refused() => new()
    {
        { "is empty", [] },
        { "is no image", TestHost.Bytes("hello") },
        { "only the metadata", TestHost.Metadata() },
        { "neither rootfs/ nor rootfs.img", new TarBuilder().File("metadata.yaml", "architecture: x").File("root/etc", "").Build() },
        { "not valid YAML", new TarBuilder().File("metadata.yaml", "a: [").Dir("rootfs").Build() },
        { "anchors", new TarBuilder().File("metadata.yaml", "a: &a [x]\nb: *a").Dir("rootfs").Build() },
        { "not seconds", new TarBuilder().File("metadata.yaml", "creation_date: never").Dir("rootfs").Build() },
        { "nested deeper", new TarBuilder().File("metadata.yaml", new string('[', 50) + new string(']', 50)).Dir("rootfs").Build() },
        { "goes up", new TarBuilder().File("metadata.yaml", "architecture: x").File("rootfs/../../x", "").Build() },
        { "device node", new TarBuilder().File("metadata.yaml", "architecture: x").Entry('4', "rootfs/etc/sda").Build() },
        { "backing file", Qcow2(backing: true) },
        { "another file", Qcow2(external: true) },
        { "encrypted", Qcow2(encrypted: true) },
        { "not known here", Qcow2(incompatible: 1UL << 40) },
        { "truncated", Qcow2()[..50] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Bad_files_are_refused(string reason, byte[] file)
    {
        var error = await Assert.ThrowsAsync<BerthException>(() => _host.ImportAsync(file));
        Assert.Equal(ErrorKind.BadRequest, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        _host.AssertNothingLeft();
    }

    [Fact]
    public async Task Squashfs_with_a_foreign_owner_or_device_is_refused()
    {
        var owner = await SquashfsAsync("mkdir -p t/etc && touch t/etc/x && chown 70000 t/etc/x");
        Assert.Contains("70000", (await Assert.ThrowsAsync<BerthException>(() => _host.ImportAsync(owner))).Message, StringComparison.Ordinal);
        var device = await SquashfsAsync("mkdir -p t/etc && mknod t/etc/mem c 1 1");
        Assert.Contains("device node", (await Assert.ThrowsAsync<BerthException>(() => _host.ImportAsync(device))).Message, StringComparison.Ordinal);
        var cut = await SquashfsAsync("mkdir -p t/etc && head -c 100000 /dev/urandom > t/etc/x");
        Assert.Equal(ErrorKind.BadRequest, (await Assert.ThrowsAsync<BerthException>(() => _host.ImportAsync(cut[..5000]))).Kind);
        _host.AssertNothingLeft();
    }

    [Fact]
    public async Task Real_disks_are_virtual_machines()
    {
        await _host.ShellAsync("qemu-img create -q -f qcow2 d.qcow2 20M; truncate -s 4M d.raw; mke2fs -q -F d.raw; qemu-img create -q -f qcow2 huge.qcow2 100T");
        var qcow2 = await _host.ImportAsync(await File.ReadAllBytesAsync(Path.Combine(_host.Root, "d.qcow2"), TestHost.Cancel));
        Assert.Equal((ImageType.VirtualMachine, ImageContentKind.Qcow2), (qcow2.Type, qcow2.Content.Kind));
        var raw = await _host.ImportAsync(TestHost.Metadata(), await File.ReadAllBytesAsync(Path.Combine(_host.Root, "d.raw"), TestHost.Cancel));
        Assert.Equal((ImageType.VirtualMachine, ImageContentKind.Raw), (raw.Type, raw.Content.Kind));
        var huge = await File.ReadAllBytesAsync(Path.Combine(_host.Root, "huge.qcow2"), TestHost.Cancel);
        Assert.Contains("virtual size", (await Assert.ThrowsAsync<BerthException>(() => _host.ImportAsync(huge))).Message, StringComparison.Ordinal);
    }

    internal static byte[] Unified(string motd = "hello") => new TarBuilder()
        .File("metadata.yaml", "architecture: amd64\ncreation_date: 1700000000\nproperties: {os: Test, release: \"1\"}\n")
        .Dir("rootfs/").Dir("rootfs/etc/").File("rootfs/etc/motd", motd).File("templates/x.tpl", "t").Build();

    private static byte[] Qcow2(bool backing = false, bool external = false, bool encrypted = false, ulong incompatible = 0)
    {
        var header = new byte[65536];
        "QFI\u00fb"u8[..3].CopyTo(header);
        header[3] = 0xfb;
        header[7] = 3;
        header[15] = (byte)(backing ? 200 : 0);
        header[35] = (byte)(encrypted ? 1 : 0);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(72), incompatible | (external ? 4UL : 0));
        header[103] = 104;
        return header;
    }

    private async Task<byte[]> SquashfsAsync(string script)
    {
        await _host.ShellAsync($"rm -rf t t.sq; {script}; mksquashfs t t.sq -noappend -quiet -no-progress >/dev/null");
        return await File.ReadAllBytesAsync(Path.Combine(_host.Root, "t.sq"), TestHost.Cancel);
    }
}
