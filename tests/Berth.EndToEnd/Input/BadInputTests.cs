using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Input;

/// <summary>Bad input gets a clear error that names it, and leaves nothing half-made.</summary>
public sealed class BadInputTests(BtrfsHost host) : ServerTests(host), IClassFixture<BtrfsHost>
{
    public static TheoryData<string> BadNames =>
        [".", "..", "a/b", "-a", "a-", "1a", "a b", "a_b", "ä", "a.b", new string('a', 64), "a\nb", "a\0b", "default/../x", "%2e%2e"];

    public static TheoryData<string> BadConfig =>
    [
        "limits.memory=lots", "limits.memory=-1", "limits.memory=0", "limits.memory=12XB", "limits.memory=99999999999999999999GiB",
        "limits.cpu=0", "limits.cpu=-2", "limits.cpu=x", "limits.cpu=5-3", "limits.cpu=100000",
        "limits.cpu.allowance=abc", "limits.cpu.allowance=200ms", "limits.cpu.allowance=0ms/0ms", "limits.cpu.allowance=101%%",
        "limits.processes=many", "limits.processes=-5", "boot.autostart=perhaps", "no.such.key=1", "limits.memry=1GiB", "=value",
    ];

    public static TheoryData<string> BadDevices =>
    [
        "root,size=big", "root,size=-1GiB", "root,pool=nowhere", "root,path=relative", "root,colour=red",
        "eth0,network=nowhere", "eth0,hwaddr=zz:00", "eth0,ipv4.address=1.2.3", "eth0,ipv4.address=8.8.8.8", "eth0,type=warp",
    ];

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task A_bad_name_is_refused(string name)
    {
        var request = new JsonObject
        {
            ["name"] = name,
            ["source"] = new JsonObject { ["type"] = "image", ["alias"] = BusyboxImage.Alias },
        };
        await RefusedAsync(HttpMethod.Post, "/1.0/instances", request, "name");
    }

    [Theory]
    [MemberData(nameof(BadConfig))]
    public async Task Bad_configuration_is_refused_at_creation(string config)
    {
        (await Server.TryBerthAsync("create", BusyboxImage.Alias, "c1", "-c", config)).Failed();
        Assert.Empty(await Server.NamesAsync());
    }

    [Theory]
    [MemberData(nameof(BadConfig))]
    public async Task Bad_configuration_is_refused_live_and_changes_nothing(string config)
    {
        await LaunchAsync("c1");
        var before = (await Server.BerthAsync("config", "show", "c1")).Text;
        (await Server.TryBerthAsync("config", "set", "c1", config)).Failed();
        Assert.Equal(before, (await Server.BerthAsync("config", "show", "c1")).Text);
        Assert.Equal("alive", await ExecAsync("c1", "echo", "alive"));
    }

    [Theory]
    [MemberData(nameof(BadDevices))]
    public async Task Bad_devices_are_refused(string device)
    {
        (await Server.TryBerthAsync("create", BusyboxImage.Alias, "c1", "-d", device)).Failed();
        Assert.Empty(await Server.NamesAsync());
    }

    [Fact]
    public async Task A_missing_image_is_named_and_others_are_suggested() =>
        (await Server.TryBerthAsync("launch", "bc", "c1")).Failed("bc", BusyboxImage.Alias);

    [Theory]
    [InlineData("start")]
    [InlineData("stop")]
    [InlineData("restart")]
    [InlineData("pause")]
    [InlineData("delete")]
    [InlineData("info")]
    public async Task A_missing_instance_is_named(string verb) =>
        (await Server.TryBerthAsync(verb, "nobody")).Failed("no such instance", "nobody");

    [Fact]
    public async Task A_name_that_is_taken_is_refused()
    {
        await LaunchAsync("c1");
        (await Server.TryBerthAsync("launch", BusyboxImage.Alias, "c1")).Failed("c1", "exists");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task Two_with_one_name_at_once_are_one()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Server.TryBerthAsync("launch", BusyboxImage.Alias, "c1")));
        Assert.Single(results, r => r.ExitCode == 0);
        Assert.Equal("Running", await Server.StatusAsync("c1"));
    }

    [Theory]
    [InlineData("""{"name": 5}""")]
    [InlineData("""{"name": "c1", "config": [1, 2]}""")]
    [InlineData("""{"name": "c1", "source": "image"}""")]
    [InlineData("""{"name": "c1", "devices": {"root": "disk"}}""")]
    [InlineData("""{"name": "c1", "source": {"type": "image"}}""")]
    [InlineData("""{"name": "c1", "source": {"type": "teleport"}}""")]
    [InlineData("""{"name": "c1", "type": "spaceship", "source": {"type": "image", "alias": "bb"}}""")]
    [InlineData("""{"name": "c1", "profiles": ["nowhere"], "source": {"type": "image", "alias": "bb"}}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    public async Task Requests_of_the_wrong_shape_are_refused(string json) =>
        await RefusedAsync(HttpMethod.Post, "/1.0/instances", JsonNode.Parse(json), "");

    [Theory]
    [InlineData("/1.0/instances/nobody")]
    [InlineData("/1.0/images/00000000")]
    [InlineData("/1.0/networks/nothing")]
    [InlineData("/1.0/storage-pools/nothing")]
    [InlineData("/1.0/profiles/nothing")]
    [InlineData("/1.0/operations/nothing")]
    [InlineData("/1.0/nothing")]
    [InlineData("/2.0")]
    public async Task What_is_not_there_is_404(string path)
    {
        var (status, body) = await Server.Api.SendAsync(HttpMethod.Get, path, null, Cancellation);
        Assert.Equal(404, (int)status);
        Assert.Equal("error", body.GetProperty("type").GetString());
        Assert.NotEqual("", body.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("launch")]
    [InlineData("exec")]
    [InlineData("lanch")]
    [InlineData("list", "--colour", "red")]
    [InlineData("list", "--format", "poem")]
    public async Task A_wrong_command_line_says_what_is_wrong(params string[] arguments) =>
        (await Server.TryBerthAsync(arguments)).Failed();

    [Fact]
    public async Task A_mistyped_command_gets_a_suggestion() => (await Server.TryBerthAsync("lanch")).Failed("launch");

    [Fact]
    public async Task Without_a_daemon_the_way_out_is_named()
    {
        var command = Server.BerthCommand("list") with { Environment = new Dictionary<string, string> { ["BERTH_SOCKET"] = "/nowhere/berth.socket" } };
        (await command.RunAsync(Cancellation)).Failed("/nowhere/berth.socket", "berthd");
    }

    private async Task RefusedAsync(HttpMethod method, string path, JsonNode? request, string inMessage)
    {
        var (status, body) = await Server.Api.SendAsync(method, path, request, Cancellation);
        Assert.InRange((int)status, 400, 499);
        Assert.Equal("error", body.GetProperty("type").GetString());
        Assert.Contains(inMessage, body.GetProperty("error").GetString()!, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await Server.NamesAsync());
    }
}
