using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Support;

/// <summary>A daemon in directories of its own, with a pool, a bridge and a default profile, and the clients for it.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly Place _place;
    private Daemon _daemon;

    private Server(Place place, Daemon daemon)
    {
        _place = place;
        _daemon = daemon;
        Api = new Api(place.Socket);
    }

    public Place Place => _place;

    public Daemon Daemon => _daemon;

    public Api Api { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Server> StartAsync(Place place, string driver)
    {
        try
        {
            var server = new Server(place, await Daemon.StartAsync(place, Cancellation));
            await server.InitialiseAsync(driver);
            return server;
        }
        catch
        {
            await place.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs Berth's own command line against this daemon.</summary>
    public Task<CommandResult> TryBerthAsync(params string[] arguments) => BerthCommand(arguments).RunAsync(Cancellation);

    public async Task<CommandResult> BerthAsync(params string[] arguments) => (await TryBerthAsync(arguments)).Succeeded();

    /// <summary>Runs the stock client against this daemon.</summary>
    public Task<CommandResult> TryIncusAsync(params string[] arguments) => IncusCommand(arguments).RunAsync(Cancellation);

    public async Task<CommandResult> IncusAsync(params string[] arguments) => (await TryIncusAsync(arguments)).Succeeded();

    public Command BerthCommand(params string[] arguments) => new(Path.Combine(Host.Binaries, "berth"), arguments)
    {
        Environment = new Dictionary<string, string> { ["BERTH_SOCKET"] = _place.Socket },
    };

    public Command IncusCommand(params string[] arguments)
    {
        Assert.SkipUnless(Host.HasIncus, "the stock incus client is not installed");
        return new Command("/usr/bin/incus", arguments)
        {
            Environment = new Dictionary<string, string>
            {
                ["INCUS_SOCKET"] = _place.Socket,
                ["INCUS_CONF"] = Path.Combine(_place.Root, "incus-client"),
            },
        };
    }

    /// <summary>The status of an instance as the API tells it, or null if there is none of this name.</summary>
    public async Task<string?> StatusAsync(string name)
    {
        var (status, body) = await Api.SendAsync(HttpMethod.Get, "/1.0/instances/" + name, null, Cancellation);
        return status == System.Net.HttpStatusCode.OK ? body.GetProperty("metadata").GetProperty("status").GetString() : null;
    }

    public async Task<IReadOnlyList<string>> NamesAsync() =>
        [.. (await Api.GetAsync("/1.0/instances", Cancellation)).EnumerateArray().Select(e => e.GetString()!.Split('/')[^1]).Order(StringComparer.Ordinal)];

    /// <summary>The pid on the host of an instance's init, or of its QEMU.</summary>
    public async Task<int> PidAsync(string name) =>
        (await Api.GetAsync($"/1.0/instances/{name}/state", Cancellation)).GetProperty("pid").GetInt32();

    public async Task RestartAsync(string? bootId = null)
    {
        if (!_daemon.HasExited)
        {
            await _daemon.StopAsync(Cancellation);
        }

        await _daemon.DisposeAsync();
        _daemon = await Daemon.StartAsync(_place, Cancellation, bootId);
    }

    public async Task CrashAndRestartAsync()
    {
        await _daemon.CrashAsync(Cancellation);
        await RestartAsync();
    }

    /// <summary>Deletes what a test left, so that the next one starts from nothing.</summary>
    public async Task DeleteAllAsync()
    {
        foreach (var name in await NamesAsync())
        {
            await BerthAsync("delete", "--force", name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _daemon.DisposeAsync();
        await _place.DisposeAsync();
    }

    /// <summary>What the daemon has not made by itself is made as up.sh makes it.</summary>
    private async Task InitialiseAsync(string driver)
    {
        // The server's certificate is made when somebody first asks for it, for good: no leftover of a test.
        await Api.GetAsync("/1.0", Cancellation);
        await EnsureAsync("storage-pools", "default", new JsonObject { ["name"] = "default", ["driver"] = driver });
        await EnsureAsync("networks", _place.Bridge, new JsonObject { ["name"] = _place.Bridge, ["type"] = "bridge" });
        var devices = (await Api.GetAsync("/1.0/profiles/default", Cancellation)).GetProperty("devices");
        if (!devices.TryGetProperty("root", out _))
        {
            await BerthAsync("profile", "device", "add", "default", "root", "disk", "path=/", "pool=default");
        }

        if (!devices.TryGetProperty("eth0", out _))
        {
            await BerthAsync("profile", "device", "add", "default", "eth0", "nic", "network=" + _place.Bridge, "name=eth0");
        }
    }

    private async Task EnsureAsync(string kind, string name, JsonObject request)
    {
        var (status, _) = await Api.SendAsync(HttpMethod.Get, $"/1.0/{kind}/{name}", null, Cancellation);
        if (status == System.Net.HttpStatusCode.NotFound)
        {
            (status, var body) = await Api.SendAsync(HttpMethod.Post, "/1.0/" + kind, request, Cancellation);
            Assert.True((int)status < 300, $"POST /1.0/{kind}: {(int)status} {body}");
        }
    }
}
