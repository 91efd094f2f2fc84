using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Images;

/// <summary>Images of instances, and what they give to other servers.</summary>
public sealed class PublishTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    public override async ValueTask DisposeAsync()
    {
        await Server.DeleteAllAsync();
        await Server.TryBerthAsync("image", "delete", "published");
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("unified", "gzip")]
    [InlineData("split", "zstd -1")]
    [InlineData("unified", "none")]
    public async Task What_a_container_holds_comes_back_with_its_owners(string format, string compression)
    {
        await LaunchAsync("c1");
        const string script = "echo hi >/root/f; chown 12:34 /root/f; chmod 4711 /root/f; ln /root/f /root/g; ln -s ../x /root/l; mkdir -m 1777 /root/d; truncate -s 64M /root/s";
        await ExecAsync("c1", "sh", "-c", script);
        await Server.BerthAsync("publish", "c1", "--alias", "published", "--force", "--format", format, "--compression", compression, "note=kept");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
        await Server.BerthAsync("launch", "published", "c2");
        Assert.Equal("12 34 4711 2 1777 67108864", await ExecAsync("c2", "sh", "-c", "echo $(stat -c '%u %g %a %h' /root/g) $(stat -c %a /root/d) $(stat -c %s /root/s)"));
        Assert.Equal("../x", await ExecAsync("c2", "readlink", "/root/l"));
        Assert.Equal("kept", (await Server.BerthAsync("config", "get", "c2", "image.note")).Line);
    }

    [Fact]
    public async Task Templates_of_the_instance_go_along()
    {
        await LaunchAsync("c1");
        var path = Path.Combine(Server.Place.Root, "greeting.tpl");
        await File.WriteAllTextAsync(path, "hello {{ container.name }}\n", Cancellation);
        await new Command("curl", "--silent", "--fail", "--unix-socket", Server.Place.Socket, "--data-binary", "@" + path, "http://berth/1.0/instances/c1/metadata/templates?path=greeting.tpl").RunAsync(Cancellation);
        File.Delete(path);
        var change = new JsonObject
        {
            ["templates"] = new JsonObject { ["/etc/greeting"] = new JsonObject { ["when"] = new JsonArray("create"), ["template"] = "greeting.tpl" } },
        };
        Assert.Equal(System.Net.HttpStatusCode.OK, (await Server.Api.SendAsync(HttpMethod.Patch, "/1.0/instances/c1/metadata", change, Cancellation)).Status);
        await Server.BerthAsync("publish", "c1", "--alias", "published", "--force");
        await Server.BerthAsync("launch", "published", "c2");
        Assert.Equal("hello c2", await ExecAsync("c2", "cat", "/etc/greeting"));
    }

    [Fact]
    public async Task The_stock_client_publishes()
    {
        await LaunchAsync("c1");
        await Server.IncusAsync("publish", "c1", "--force", "--alias", "published", "--compression", "none", "os=mine");
        Assert.Contains("os: mine", (await Server.IncusAsync("image", "show", "published")).Text, StringComparison.Ordinal);
        (await Server.TryBerthAsync("publish", "c1", "--alias", "other")).Failed();
        (await Server.TryBerthAsync("publish", "c1", "--force", "--compression", "sh -c reboot")).Failed();
        Assert.Equal("Running", await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task A_snapshot_becomes_an_image_while_its_instance_runs_on()
    {
        await LaunchAsync("c1");
        await ExecAsync("c1", "sh", "-c", "echo one >/root/note");
        await Server.IncusAsync("snapshot", "create", "c1", "s1");
        await ExecAsync("c1", "sh", "-c", "echo two >/root/note");
        await Server.IncusAsync("publish", "c1/s1", "--alias", "published");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
        await Server.BerthAsync("launch", "published", "c2");
        Assert.Equal("one", await ExecAsync("c2", "cat", "/root/note"));
        (await Server.TryIncusAsync("publish", "c1/none", "--alias", "other")).Failed("none");

        await Server.BerthAsync("create", "--empty", "vm1", "--vm", "-d", "root,size=16MiB");
        await Server.IncusAsync("snapshot", "create", "vm1", "s1");
        await Server.IncusAsync("image", "delete", "published");
        await Server.IncusAsync("publish", "vm1/s1", "--alias", "published");
        await Server.BerthAsync("create", "published", "vm2", "--vm");
    }

    [Fact]
    public async Task A_projects_compression_comes_before_the_servers()
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        await Server.IncusAsync("config", "set", "backups.compression_algorithm=xz -1", "images.compression_algorithm=xz -1");
        var file = Path.Combine(Server.Place.Root, "c1.backup");
        try
        {
            Assert.Equal("FD377A58", await MagicAsync(file));
            await Server.IncusAsync("project", "set", "default", "backups.compression_algorithm=gzip");
            Assert.StartsWith("1F8B", await MagicAsync(file), StringComparison.Ordinal);
            (await Server.TryIncusAsync("project", "set", "default", "images.compression_algorithm=sh -c reboot")).Failed("compression");
            (await Server.TryIncusAsync("project", "set", "default", "images.remote_cache_expiry=-1")).Failed("remote_cache_expiry");
            await Server.IncusAsync("project", "set", "default", "images.compression_algorithm=none");
            await Server.IncusAsync("publish", "c1", "--alias", "published");
            await Server.IncusAsync("image", "export", "published", Path.Combine(Server.Place.Root, "image.backup"));
        }
        finally
        {
            foreach (var key in new[] { "backups.compression_algorithm", "images.compression_algorithm" })
            {
                await Server.IncusAsync("config", "unset", key);
                await Server.IncusAsync("project", "unset", "default", key);
            }

            Array.ForEach(Directory.GetFiles(Server.Place.Root, "*.backup*"), File.Delete);
        }
    }

    private async Task<string> MagicAsync(string file)
    {
        await Server.IncusAsync("export", "c1", file);
        var bytes = await File.ReadAllBytesAsync(file, Cancellation);
        File.Delete(file);
        return Convert.ToHexString(bytes.AsSpan(0, 4));
    }

    [Fact]
    public async Task A_machines_disk_becomes_an_image()
    {
        await Server.BerthAsync("create", "--empty", "vm1", "--vm", "-d", "root,size=16MiB");
        await Server.BerthAsync("publish", "vm1", "--alias", "published");
        await Server.BerthAsync("create", "published", "vm2", "--vm");
        (await Server.TryBerthAsync("create", "published", "c2")).Failed();
    }

    [Fact]
    public async Task An_image_goes_to_another_server_by_a_secret_and_by_a_push()
    {
        await using var other = await Server.StartAsync(Place.OnHost(), "dir");
        var fingerprint = (await Server.Api.GetAsync("/1.0/images/aliases/" + BusyboxImage.Alias, Cancellation)).GetProperty("target").GetString()!;
        var token = await Server.Api.SendAsync(HttpMethod.Post, $"/1.0/images/{fingerprint}/secret", null, Cancellation);
        var operation = token.Body.GetProperty("metadata");
        Assert.Equal("token", operation.GetProperty("class").GetString());
        var pull = new JsonObject
        {
            ["source"] = new JsonObject
            {
                ["type"] = "image", ["server"] = "unix://" + Server.Place.Socket, ["protocol"] = "incus", ["fingerprint"] = fingerprint,
                ["secret"] = operation.GetProperty("metadata").GetProperty("secret").GetString(),
            },
            ["aliases"] = new JsonArray(new JsonObject { ["name"] = "pulled" }),
        };
        Assert.Equal(200, (await other.Api.RunAsync(HttpMethod.Post, "/1.0/images", pull, Cancellation)).GetProperty("status_code").GetInt32());
        Assert.Equal("Cancelled", (await Server.Api.GetAsync("/1.0/operations/" + operation.GetProperty("id").GetString(), Cancellation)).GetProperty("status").GetString());
        await other.BerthAsync("image", "delete", "pulled");

        var push = new JsonObject
        {
            ["source"] = new JsonObject { ["type"] = "image", ["mode"] = "push", ["fingerprint"] = fingerprint },
            ["aliases"] = new JsonArray(new JsonObject { ["name"] = "pushed" }),
            ["properties"] = new JsonObject { ["note"] = "pushed" },
        };
        var invitation = await other.Api.SendAsync(HttpMethod.Post, "/1.0/images", push, Cancellation);
        var sent = await Server.Api.RunAsync(
            HttpMethod.Post,
            $"/1.0/images/{fingerprint}/export",
            new JsonObject
            {
                ["target"] = "unix://" + other.Place.Socket,
                ["secret"] = invitation.Body.GetProperty("metadata").GetProperty("metadata").GetProperty("secret").GetString(),
            },
            Cancellation);
        Assert.True(sent.GetProperty("status_code").GetInt32() == 200, sent.ToString());
        Assert.Contains("note: pushed", (await other.BerthAsync("image", "show", "pushed")).Text, StringComparison.Ordinal);
        await other.BerthAsync("launch", "pushed", "c1");
        Assert.Equal("hello", (await other.BerthAsync("exec", "c1", "--", "echo", "hello")).Line);
        await other.DeleteAllAsync();
    }
}
