using System.Text;
using Berth.Core.Images;
using Berth.Core.Images.Sources;
using Berth.Core.Images.Sources.SimpleStreams;
using CsCheck;

namespace Berth.Core.Tests.Images.Sources;

/// <summary>What simplestreams servers say, and what is made of it.</summary>
public sealed class StreamCatalogueTests
{
    private const string Host = "x86_64";

    private static string Hash(char digit) => new(digit, 64);

    private static string Item(char squashfs, char disk) =>
        $$"""
        {
          "incus.tar.xz": {"ftype": "incus.tar.xz", "path": "a/meta.tar.xz", "sha256": "{{Hash('f')}}", "size": 5,
            "combined_squashfs_sha256": "{{Hash(squashfs)}}", "combined_disk-kvm-img_sha256": "{{Hash(disk)}}"},
          "root.squashfs": {"ftype": "squashfs", "path": "a/20250101_00:00/root.squashfs", "sha256": "{{Hash('e')}}", "size": 7},
          "disk.qcow2": {"ftype": "disk-kvm.img", "path": "a/disk.qcow2", "sha256": "{{Hash('d')}}", "size": 9},
          "delta": {"ftype": "squashfs.vcdiff", "path": "a/delta", "delta_base": "20240101_00:00", "sha256": "{{Hash('c')}}", "size": 1}
        }
        """;

    private static string Product(string arch, string aliases, params (string Serial, string Items)[] versions) =>
        $$"""
        {"aliases": "{{aliases}}", "arch": "{{arch}}", "os": "Test", "release": "1", "release_title": "One", "variant": "cloud",
         "requirements": {"secureboot": "false"}, "support_eol": "2030-05-06",
         "versions": { {{string.Join(',', versions.Select(v => $"\"{v.Serial}\": {{\"items\": {v.Items}}}"))}} } }
        """;

    private static StreamCatalogue Catalogue(params string[] products)
    {
        var json = $$"""{"products": { {{string.Join(',', products.Select((p, i) => $"\"p{i}\": {p}"))}} } }""";
        return new(StreamDocumentReader.ReadProducts(Encoding.UTF8.GetBytes(json), "images.json"), Host);
    }

    [Fact]
    public void The_newest_version_in_the_hosts_architecture_is_meant()
    {
        var catalogue = Catalogue(
            Product("arm64", "test/1", ("20260101_00:00", Item('1', '2'))),
            Product("amd64", "test/1,test", ("20240101_00:00", Item('3', '4')), ("20250101_00:00", Item('5', '6'))));
        var image = catalogue.Find("test/1", ImageType.Container);
        Assert.Equal(Hash('5'), image.Fingerprint);
        Assert.Equal("x86_64", image.Architecture);
        Assert.Equal([new("a/meta.tar.xz", Hash('f'), 5), new RemoteFile("a/20250101_00:00/root.squashfs", Hash('e'), 7)], image.Files);
        Assert.Equal(12, image.Size);
        Assert.Equal("Test One amd64 (cloud) (20250101_00:00)", image.Properties["description"]);
        Assert.Equal("false", image.Properties["requirements.secureboot"]);
        Assert.Equal(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), image.CreatedAt);
        Assert.Equal(new DateTimeOffset(2030, 5, 6, 0, 0, 0, TimeSpan.Zero), image.ExpiresAt);
        Assert.Equal(Hash('6'), catalogue.Find("test", ImageType.VirtualMachine).Fingerprint);
        Assert.Equal(Hash('5'), catalogue.Find("test", "").Fingerprint);
        Assert.Equal(Hash('1'), catalogue.Find("test/1/arm64", ImageType.Container).Fingerprint);
        Assert.Equal(Hash('3'), catalogue.Find("333", "").Fingerprint);
    }

    [Fact]
    public void What_is_not_there_is_answered_with_what_is()
    {
        var items = """{"one": {"ftype": "incus_combined.tar.gz", "path": "x.tar.gz", "sha256": "HASH", "size": 3} }""".Replace("HASH", Hash('a'), StringComparison.Ordinal);
        var catalogue = Catalogue(Product("amd64", "test/1", ("20250101", items)));
        Assert.Contains("available: test/1", NotFound(() => catalogue.Find("tset/1", "")), StringComparison.Ordinal);
        Assert.Contains("without --vm", NotFound(() => catalogue.Find("test/1", ImageType.VirtualMachine)), StringComparison.Ordinal);
        Assert.Equal("x.tar.gz", Assert.Single(catalogue.Find("test/1", "").Files).Path);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://elsewhere/x")]
    [InlineData("//elsewhere/x")]
    [InlineData("a/../../x")]
    [InlineData("a?x=1")]
    [InlineData("a\\u0000b")]
    [InlineData("")]
    public void A_path_that_leads_elsewhere_is_no_image(string path)
    {
        var items = $$"""{"one": {"ftype": "incus_combined.tar.gz", "path": "{{path}}", "sha256": "{{Hash('a')}}", "size": 3} }""";
        Assert.Empty(Catalogue(Product("amd64", "test/1", ("20250101", items))).Images);
        var index = $$"""{"index": {"images": {"datatype": "image-downloads", "path": "{{path}}", "products": ["p"]} } }""";
        Assert.Throws<BerthException>(() => StreamDocumentReader.ReadIndex(Encoding.UTF8.GetBytes(index)));
    }

    [Theory]
    [InlineData("\"size\": -1, \"sha256\": \"HASH\"")]
    [InlineData("\"size\": 1, \"sha256\": \"short\"")]
    [InlineData("\"size\": 1")]
    public void Half_an_image_is_none(string rest)
    {
        var items = $$"""{"one": {"ftype": "incus_combined.tar.gz", "path": "x", {{rest.Replace("HASH", Hash('a'), StringComparison.Ordinal)}} } }""";
        Assert.Empty(Catalogue(Product("amd64", "test/1", ("20250101", items))).Images);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"products\": 7}")]
    [InlineData("{\"products\": {\"a\": {\"versions\": {\"20250101\": {\"items\": {\"a\": {\"size\": 1e400}}}}, \"arch\": \"amd64\"}}}")]
    [InlineData("<html>")]
    public void What_is_no_list_of_products_is_refused(string json) =>
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => StreamDocumentReader.ReadProducts(Encoding.UTF8.GetBytes(json), "x")).Kind);

    [Fact]
    public void A_list_that_is_its_own_index_has_no_images()
    {
        var index = Encoding.UTF8.GetBytes("""{"index": {"a": {"datatype": "image-downloads", "path": "streams/v1/index.json", "products": ["p"]} } }""");
        Assert.Equal([StreamDocumentReader.IndexPath], StreamDocumentReader.ReadIndex(index));
        Assert.Empty(StreamDocumentReader.ReadProducts(index, StreamDocumentReader.IndexPath));
    }

    [Fact]
    public void Too_many_files_are_refused()
    {
        var entries = Enumerable.Range(0, 100).Select(i => $$"""
            "{{i}}": {"datatype": "image-downloads", "path": "p{{i}}", "products": ["p"]}
            """);
        Assert.Throws<BerthException>(() => StreamDocumentReader.ReadIndex(Encoding.UTF8.GetBytes($$"""{"index": { {{string.Join(',', entries)}} } }""")));
    }

    /// <summary>Whatever a server sends: images, or a refusal that says why.</summary>
    [Fact]
    public void Noise_never_breaks_the_reader() => Gen.String.Sample(text =>
    {
        try
        {
            StreamDocumentReader.ReadProducts(Encoding.UTF8.GetBytes(text), "x");
            StreamDocumentReader.ReadIndex(Encoding.UTF8.GetBytes(text));
        }
        catch (BerthException e)
        {
            Assert.Equal(ErrorKind.BadRequest, e.Kind);
        }
    });

    private static string NotFound(Func<object> find)
    {
        var error = Assert.Throws<BerthException>(find);
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        return error.Message;
    }
}
