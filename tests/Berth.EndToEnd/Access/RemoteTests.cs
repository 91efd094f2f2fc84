using System.Net;
using System.Net.Sockets;

namespace Berth.EndToEnd.Access;

/// <summary>The stock client over HTTPS on loopback: trusted by a token, restricted to a project, and not at all.</summary>
public sealed class RemoteTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private readonly DirectoryInfo _homes = Directory.CreateTempSubdirectory("berth-e2e-remote-");

    public override async ValueTask DisposeAsync()
    {
        await Server.TryBerthAsync("project", "delete", "shop", "--force");
        foreach (var fingerprint in (await Server.BerthAsync("config", "trust", "list", "--format", "csv", "--columns", "f")).Line.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await Server.BerthAsync("config", "trust", "remove", fingerprint);
        }

        await Server.BerthAsync("config", "set", "core.https_address=");
        _homes.Delete(recursive: true);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_token_lets_a_client_work_from_afar()
    {
        await ListenAsync();
        var token = (await Server.BerthAsync("config", "trust", "add", "alice")).Line.Split('\n')[^1];
        Assert.Contains("alice", (await Server.IncusAsync("config", "trust", "list-tokens", "--format", "csv")).Text, StringComparison.Ordinal);
        (await ClientAsync("alice", "remote", "add", "far", token)).Succeeded();
        (await ClientAsync("alice", "launch", "far:" + BusyboxImage.Alias, "far:c1")).Succeeded();
        Assert.Equal("ahoy", (await ClientAsync("alice", "exec", "far:c1", "--", "echo", "ahoy")).Succeeded().Line);
        Assert.Equal("c1,RUNNING", (await ClientAsync("alice", "list", "far:", "--format", "csv", "--columns", "ns")).Succeeded().Line);
        (await ClientAsync("mallory", "remote", "add", "far", token)).Failed("not valid");
        var fingerprint = (await Server.BerthAsync("config", "trust", "list", "--format", "csv", "--columns", "f")).Line;
        await Server.IncusAsync("config", "trust", "remove", fingerprint);
        (await ClientAsync("alice", "list", "far:")).Failed("not authorized");
    }

    [Fact]
    public async Task A_restricted_client_sees_its_project_alone()
    {
        await ListenAsync();
        await Server.BerthAsync("project", "create", "shop", "-c", "features.images=false", "-c", "features.profiles=false");
        await LaunchAsync("hidden");
        var token = (await Server.IncusAsync("config", "trust", "add", "ci", "--restricted", "--projects", "shop")).Line.Split('\n')[^1];
        (await ClientAsync("ci", "remote", "add", "far", token, "--project", "shop")).Succeeded();
        (await ClientAsync("ci", "launch", "far:" + BusyboxImage.Alias, "far:c1")).Succeeded();
        Assert.Equal("shop,c1", (await ClientAsync("ci", "list", "far:", "--all-projects", "--format", "csv", "--columns", "en")).Succeeded().Line);
        (await ClientAsync("ci", "delete", "--force", "far:hidden", "--project", "default")).Failed("restricted");
        (await ClientAsync("ci", "profile", "set", "far:default", "limits.cpu=1")).Failed("restricted");
        (await ClientAsync("ci", "network", "delete", "far:" + Server.Place.Bridge)).Failed("restricted");
        (await ClientAsync("ci", "config", "set", "far:", "core.https_address=:1")).Failed("restricted");
        (await ClientAsync("ci", "delete", "--force", "far:c1")).Succeeded();
    }

    private async Task ListenAsync()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await Server.BerthAsync("config", "set", $"core.https_address=127.0.0.1:{port}");
    }

    /// <summary>The stock client as another user of another machine.</summary>
    private Task<CommandResult> ClientAsync(string user, params string[] arguments)
    {
        var home = Directory.CreateDirectory(Path.Combine(_homes.FullName, user)).FullName;
        var command = Server.IncusCommand(arguments);
        return (command with { Environment = new Dictionary<string, string> { ["INCUS_CONF"] = home, ["HOME"] = home } }).RunAsync(Cancellation);
    }
}
