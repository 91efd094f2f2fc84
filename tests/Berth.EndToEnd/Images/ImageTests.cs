using System.Security.Cryptography;

namespace Berth.EndToEnd.Images;

/// <summary>The image store, as both clients see it.</summary>
public sealed class ImageTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private string File => Path.Combine(Server.Place.Root, "image.tar.gz");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await BusyboxImage.WriteAsync(File);
    }

    public override async ValueTask DisposeAsync()
    {
        await Server.TryBerthAsync("image", "delete", "other");
        System.IO.File.Delete(File);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task The_fingerprint_is_the_SHA_256_of_the_file()
    {
        var expected = Convert.ToHexStringLower(SHA256.HashData(await System.IO.File.ReadAllBytesAsync(File, Cancellation)));
        await Server.BerthAsync("image", "import", File, "--alias", "other");
        var alias = await Server.Api.GetAsync("/1.0/images/aliases/other", Cancellation);
        Assert.Equal(expected, alias.GetProperty("target").GetString());
        Assert.Contains("busybox for tests", (await Server.BerthAsync("image", "show", "other")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stock_client_imports_lists_and_launches()
    {
        await Server.IncusAsync("image", "import", File, "--alias", "other");
        Assert.Contains("other", (await Server.IncusAsync("image", "list", "--format", "csv")).Text, StringComparison.Ordinal);
        await Server.IncusAsync("launch", "other", "c1");
        Assert.Equal("hello", await ExecAsync("c1", "echo", "hello"));
    }

    [Fact]
    public async Task An_image_twice_is_refused_or_the_same()
    {
        await Server.BerthAsync("image", "import", File, "--alias", "other");
        await Server.TryBerthAsync("image", "import", File, "--alias", "other");
        var images = await Server.Api.GetAsync("/1.0/images", Cancellation);
        Assert.Equal(2, images.GetArrayLength());
    }

    [Fact]
    public async Task An_image_in_use_can_be_deleted()
    {
        await Server.BerthAsync("image", "import", File, "--alias", "other");
        await Server.BerthAsync("launch", "other", "c1");
        await Server.BerthAsync("image", "delete", "other");
        Assert.Equal("hello", await ExecAsync("c1", "echo", "hello"));
        await Server.BerthAsync("restart", "--force", "c1");
        Assert.Equal("hello", await ExecAsync("c1", "echo", "hello"));
    }

    [Theory]
    [InlineData("tar", "--create", "--file")]
    [InlineData("tar", "--create", "--xz", "--file")]
    [InlineData("tar", "--create", "--zstd", "--file")]
    [InlineData("tar", "--create", "--bzip2", "--file")]
    public async Task Whatever_tar_compresses_with(string program, params string[] options)
    {
        var tree = Directory.CreateTempSubdirectory("berth-e2e-tree-").FullName;
        var packed = Path.Combine(Server.Place.Root, "packed");
        await Host.RunAsync("tar", "--extract", "--file", File, "--directory", tree);
        await Host.RunAsync(program, [.. options, packed, "--directory", tree, "metadata.yaml", "rootfs"]);
        await Host.RunAsync("rm", "-rf", tree);
        await Server.BerthAsync("image", "import", packed, "--alias", "other");
        System.IO.File.Delete(packed);
        await Server.BerthAsync("launch", "other", "c1");
        Assert.Equal("hello", await ExecAsync("c1", "echo", "hello"));
    }
}
