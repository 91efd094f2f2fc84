using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Berth.EndToEnd.Configuration;

/// <summary>What an instance may ask about itself, and who in it may.</summary>
public sealed class GuestApiTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private string Socket => Path.Combine(Path.GetDirectoryName(Server.Place.Socket)!, "guestapi", "sock");

    [Fact]
    public async Task Root_inside_reads_what_is_its_own_and_nobody_else_does()
    {
        await LaunchAsync("c1", "-c", "user.role=web", "-c", "limits.processes=500");
        await LaunchAsync("c2", "-c", "user.role=db");
        Assert.Equal(0, (await TryExecAsync("c1", "test", "-S", "/dev/incus/sock")).ExitCode);
        var root = await IdBaseAsync("c1");
        using var guest = new GuestSocket(Socket, root);
        Assert.Equal((HttpStatusCode.OK, "web"), await guest.GetAsync("/1.0/config/user.role", Cancellation));
        Assert.Equal("[\"/1.0/config/user.role\"]", (await guest.GetAsync("/1.0/config", Cancellation)).Body.Trim());
        Assert.Equal(HttpStatusCode.Forbidden, (await guest.GetAsync("/1.0/config/limits.processes", Cancellation)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await guest.GetAsync("/1.0/config/user.other", Cancellation)).Status);
        Assert.Contains("local-hostname: c1\n", (await guest.GetAsync("/1.0/meta-data", Cancellation)).Body, StringComparison.Ordinal);
        Assert.Contains("\"hwaddr\"", (await guest.GetAsync("/1.0/devices", Cancellation)).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await guest.GetAsync("/1.0/instances", Cancellation)).Status);

        using var other = new GuestSocket(Socket, root + 1000);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.GetAsync("/1.0", Cancellation)).Status);
        using var outside = new GuestSocket(Socket, 65_534);
        Assert.Equal(HttpStatusCode.InternalServerError, (await outside.GetAsync("/1.0", Cancellation)).Status);
        using var second = new GuestSocket(Socket, await IdBaseAsync("c2"));
        Assert.Equal("db", (await second.GetAsync("/1.0/config/user.role", Cancellation)).Body);
    }

    [Fact]
    public async Task It_says_that_it_is_ready_and_hears_of_changes_also_from_the_next_daemon()
    {
        await LaunchAsync("c1");
        await Server.CrashAndRestartAsync();
        Assert.Equal(0, (await TryExecAsync("c1", "test", "-S", "/dev/incus/sock")).ExitCode);
        using var guest = new GuestSocket(Socket, await IdBaseAsync("c1"));
        using var news = await guest.EventsAsync(Cancellation);
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, await guest.PatchAsync("{\"state\":\"Asleep\"}", Cancellation));
        Assert.Equal(HttpStatusCode.OK, await guest.PatchAsync("{\"state\":\"Ready\"}", Cancellation));
        await events.LifecycleAsync("c1", Cancellation, "instance-ready");
        Assert.Contains("\"Ready\"", (await guest.GetAsync("/1.0", Cancellation)).Body, StringComparison.Ordinal);
        Assert.Equal("Ready", await Server.StatusAsync("c1"));

        await Server.BerthAsync("config", "set", "c1", "user.role=web");
        using var change = JsonDocument.Parse((await news.ReadLineAsync(Cancellation))!);
        Assert.Equal("user.role", change.RootElement.GetProperty("metadata").GetProperty("key").GetString());

        await Server.BerthAsync("config", "set", "c1", "security.guestapi=false");
        Assert.Equal(HttpStatusCode.Forbidden, (await guest.GetAsync("/1.0/config", Cancellation)).Status);
        await Server.BerthAsync("restart", "--force", "c1");
        Assert.NotEqual(0, (await TryExecAsync("c1", "test", "-e", "/dev/incus/sock")).ExitCode);
        Assert.Equal("Running", await Server.StatusAsync("c1"));
    }

    private async Task<uint> IdBaseAsync(string name) => uint.Parse(
        (await Server.Api.GetAsync($"/1.0/instances/{name}", Cancellation)).GetProperty("config").GetProperty("volatile.idmap.base").GetString()!,
        CultureInfo.InvariantCulture);
}
