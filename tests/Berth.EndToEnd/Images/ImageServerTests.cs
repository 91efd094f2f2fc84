using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Images;

/// <summary>Images of simplestreams servers: for both clients, and from servers that lie.</summary>
public sealed class ImageServerTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private readonly ImageServer _images = new();
    private byte[] _content = [];

    private string Configuration => Path.Combine(Server.Place.Root, "config");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _content = await ContentAsync("first");
        _images.Offer("20250101_00:00", _content);
    }

    public override async ValueTask DisposeAsync()
    {
        await Server.DeleteAllAsync();
        foreach (var image in (await Server.Api.GetAsync("/1.0/images?recursion=1", Cancellation)).EnumerateArray())
        {
            if (!image.GetProperty("aliases").EnumerateArray().Any(alias => alias.GetProperty("name").GetString() == BusyboxImage.Alias))
            {
                await Server.BerthAsync("image", "delete", image.GetProperty("fingerprint").GetString()!);
            }
        }

        await _images.DisposeAsync();
        if (Directory.Exists(Configuration))
        {
            Directory.Delete(Configuration, recursive: true);
        }

        await base.DisposeAsync();
    }

    [Fact]
    public async Task The_stock_client_launches_from_a_remote()
    {
        await Server.IncusAsync("remote", "add", "test", _images.Url, "--protocol", "simplestreams");
        var certificates = Directory.CreateDirectory(Path.Combine(Server.Place.Root, "incus-client", "servercerts")).FullName;
        await File.WriteAllTextAsync(Path.Combine(certificates, "test.crt"), _images.Pem, Cancellation);
        await Server.IncusAsync("launch", "test:" + ImageServer.Alias, "c1");
        Assert.Equal("hello", await ExecAsync("c1", "echo", "hello"));
        var image = Assert.Single(await ImagesAsync(), i => i.GetProperty("cached").GetBoolean());
        Assert.Equal(ImageServer.Alias, image.GetProperty("update_source").GetProperty("alias").GetString());
        await Server.IncusAsync("launch", "test:" + ImageServer.Alias, "c2");
        Assert.Equal(1, _images.Asked("/images/20250101_00:00/image.tar.gz"));
        await Server.IncusAsync("image", "copy", "test:" + ImageServer.Alias, "local:", "--alias", "mine", "--auto-update");
        Assert.Contains("already up to date", (await Server.IncusAsync("image", "refresh", "mine")).Text, StringComparison.Ordinal);
        await Server.IncusAsync("remote", "remove", "test");
    }

    [Fact]
    public async Task Berths_own_client_knows_remotes_too()
    {
        (await BerthAsync("remote", "add", "test", _images.Url, "--protocol", "simplestreams", "--accept-certificate")).Succeeded();
        (await BerthAsync("launch", "test:" + ImageServer.Alias, "c1")).Succeeded();
        Assert.Equal("hello", await ExecAsync("c1", "echo", "hello"));
        (await BerthAsync("image", "copy", "test:" + ImageServer.Alias, "--alias", "mine")).Succeeded();
        Assert.Contains(_images.Url, (await BerthAsync("image", "info", "mine")).Text, StringComparison.Ordinal);
        Assert.Contains("berth remote add", (await BerthAsync("launch", "other:x")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_image_takes_the_place_of_the_old_one()
    {
        await SucceedAsync(Pull(alias: "mine"));
        var old = (await Server.Api.GetAsync("/1.0/images/aliases/mine", Cancellation)).GetProperty("target").GetString();
        _images.Offer("20260101_00:00", await ContentAsync("second"));
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        var done = await Server.Api.RunAsync(HttpMethod.Post, $"/1.0/images/{old}/refresh", null, Cancellation);
        Assert.True(done.GetProperty("metadata").GetProperty("refreshed").GetBoolean());
        var fresh = (await Server.Api.GetAsync("/1.0/images/aliases/mine", Cancellation)).GetProperty("target").GetString();
        Assert.NotEqual(old, fresh);
        Assert.DoesNotContain(await ImagesAsync(), image => image.GetProperty("fingerprint").GetString() == old);
    }

    [Fact]
    public async Task Many_who_want_one_image_load_it_once()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Server.Api.RunAsync(HttpMethod.Post, "/1.0/images", Pull(alias: $"many{i}"), Cancellation)));
        Assert.All(all, operation => Assert.Equal(200, operation.GetProperty("status_code").GetInt32()));
        Assert.Equal(1, _images.Asked("/images/20250101_00:00/image.tar.gz"));
    }

    [Fact]
    public async Task A_file_at_a_URL()
    {
        _images.Put("/image.tar.gz", _content);
        var hash = Convert.ToHexStringLower(SHA256.HashData(_content));
        var source = new JsonObject { ["type"] = "image", ["protocol"] = "direct", ["server"] = _images.Url + "/image.tar.gz", ["certificate"] = _images.Pem };
        await RefusedAsync(new() { ["source"] = source.DeepClone() }, "source.alias or source.fingerprint");
        source["fingerprint"] = new string('a', 64);
        await RefusedAsync(new() { ["source"] = source.DeepClone() }, hash);
        source["fingerprint"] = hash;
        await SucceedAsync(new() { ["source"] = source.DeepClone() });
        Assert.Contains(await ImagesAsync(), image => image.GetProperty("fingerprint").GetString() == hash);
    }

    [Fact]
    public async Task An_address_that_says_where_the_file_is()
    {
        _images.Put("/image.tar.gz", _content);
        _images.Put("/address", "");
        var hash = Convert.ToHexStringLower(SHA256.HashData(_content));
        var request = new JsonObject { ["source"] = new JsonObject { ["type"] = "url", ["url"] = _images.Url + "/address", ["certificate"] = _images.Pem } };
        await RefusedAsync(request, "Missing Incus-Image-Hash header");
        _images.Headers["/address"] = $"Incus-Image-Hash: {hash}\r\nIncus-Image-URL: file:///etc/passwd\r\n";
        await RefusedAsync(request, "neither an http nor an https URL");
        _images.Headers["/address"] = $"Incus-Image-Hash: {new string('c', 64)}\r\nIncus-Image-URL: {_images.Url}/image.tar.gz\r\n";
        await RefusedAsync(request, hash);
        _images.Headers["/address"] = $"Incus-Image-Hash: {hash}\r\nIncus-Image-URL: {_images.Url}/image.tar.gz\r\n";
        await SucceedAsync(request);
        Assert.Contains(await ImagesAsync(), image => image.GetProperty("fingerprint").GetString() == hash);
    }

    [Fact]
    public async Task Servers_that_lie_get_nothing_in()
    {
        _images.Offer("20270101_00:00", _content, item => item["size"] = _content.Length - 1);
        await RefusedAsync(Pull(), "larger");
        _images.Offer("20270101_00:00", _content, item => item["size"] = _content.Length + 1);
        await RefusedAsync(Pull(), "promises");
        _images.Offer("20270101_00:00", _content, item => item["sha256"] = new string('b', 64));
        await RefusedAsync(Pull(), "promises");
        _images.Offer("20270101_00:00", _content);
        _images.CutOff["/images/20270101_00:00/image.tar.gz"] = true;
        await RefusedAsync(Pull(), "cut off");
        _images.CutOff.Clear();
        foreach (var elsewhere in (string[])["file:///etc/passwd", "ftp://localhost/x", "http://localhost:1/x", "unix:///run/x"])
        {
            _images.Redirects["/images/20270101_00:00/image.tar.gz"] = elsewhere;
            await RefusedAsync(Pull(), "302");
        }

        _images.Redirects["/images/20270101_00:00/image.tar.gz"] = "/images/20270101_00:00/image.tar.gz";
        await RefusedAsync(Pull(), "302");
        _images.Redirects.Clear();
        _images.Put("/streams/v1/images.json", "{\"products\": [");
        await RefusedAsync(Pull(), "cannot be read");
        _images.Put("/streams/v1/index.json", new byte[65 << 20]);
        await RefusedAsync(Pull(), "no list of images");
        await RefusedAsync(Pull(certificate: ""), "not trusted");
        Assert.Single(await ImagesAsync());
        Assert.DoesNotContain(Directory.GetDirectories(Path.Combine(Server.Place.StateDirectory, "images")), path => Path.GetFileName(path).StartsWith('.'));
    }

    private static async Task<byte[]> ContentAsync(string what)
    {
        var file = Path.GetTempFileName();
        await BusyboxImage.WriteAsync(file, what);
        var content = await File.ReadAllBytesAsync(file, Cancellation);
        File.Delete(file);
        return content;
    }

    private JsonObject Pull(string? alias = null, string? certificate = null) => new()
    {
        ["source"] = new JsonObject
        {
            ["type"] = "image", ["mode"] = "pull", ["server"] = _images.Url, ["protocol"] = "simplestreams",
            ["certificate"] = certificate ?? _images.Pem, ["alias"] = ImageServer.Alias,
        },
        ["aliases"] = alias is null ? [] : new JsonArray(new JsonObject { ["name"] = alias }),
    };

    private Task<CommandResult> BerthAsync(params string[] arguments)
    {
        var command = Server.BerthCommand(arguments);
        return (command with { Environment = new Dictionary<string, string>(command.Environment) { ["XDG_CONFIG_HOME"] = Configuration } }).RunAsync(Cancellation);
    }

    private async Task<JsonElement[]> ImagesAsync() => [.. (await Server.Api.GetAsync("/1.0/images?recursion=1", Cancellation)).EnumerateArray()];

    private async Task SucceedAsync(JsonObject request)
    {
        var operation = await Server.Api.RunAsync(HttpMethod.Post, "/1.0/images", request, Cancellation);
        Assert.True(operation.GetProperty("status_code").GetInt32() == 200, operation.ToString());
    }

    private async Task RefusedAsync(JsonObject request, string reason)
    {
        var answer = await Server.Api.RunAsync(HttpMethod.Post, "/1.0/images", request, Cancellation);
        var error = answer.TryGetProperty("err", out var err) ? err.GetString() : answer.GetProperty("error").GetString();
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
