using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Conformance;

/// <summary>What the API brings about is told once, under Incus' name, with the thing's path and who asked.</summary>
public sealed class EventTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private readonly List<string> _wanted = [];
    private readonly string _project = "tell";

    public override ValueTask InitializeAsync()
    {
        // The first backup makes it for good.
        Directory.CreateDirectory(Path.Combine(Server.Place.StateDirectory, "backups"));
        return base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await Server.TryBerthAsync("project", "delete", _project, "--force");
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Each_thing_that_happens_is_told_once_with_its_path_and_who_asked()
    {
        using var events = await Server.Api.EventsAsync("lifecycle&all-projects=true", Cancellation);
        var root = new JsonObject { ["root"] = new JsonObject { ["type"] = "disk", ["path"] = "/", ["pool"] = "default" } };
        await DoAsync(HttpMethod.Post, "/1.0/projects", new() { ["name"] = _project, ["config"] = new JsonObject { ["features.images"] = "false" } }, "project-created /1.0/projects/tell");
        await DoAsync(HttpMethod.Post, In("/1.0/profiles"), new() { ["name"] = "p" }, "profile-created " + In("/1.0/profiles/p"));
        await DoAsync(HttpMethod.Put, In("/1.0/profiles/p"), new() { ["description"] = "x" }, "profile-updated " + In("/1.0/profiles/p"));
        await DoAsync(HttpMethod.Post, In("/1.0/profiles/p"), new() { ["name"] = "q" }, "profile-renamed " + In("/1.0/profiles/q"));
        await DoAsync(HttpMethod.Delete, In("/1.0/profiles/q"), null, "profile-deleted " + In("/1.0/profiles/q"));
        var instance = new JsonObject { ["name"] = "c1", ["devices"] = root, ["source"] = new JsonObject { ["type"] = "image", ["alias"] = BusyboxImage.Alias } };
        await DoAsync(HttpMethod.Post, In("/1.0/instances"), instance, "instance-created " + In("/1.0/instances/c1"));
        await StateAsync("start", force: false, "instance-started");
        await DoAsync(HttpMethod.Post, In("/1.0/instances/c1/exec"), new() { ["command"] = new JsonArray("true") }, "instance-exec " + In("/1.0/instances/c1"));
        await DoAsync(HttpMethod.Get, In("/1.0/instances/c1/metadata"), null, "instance-metadata-retrieved " + In("/1.0/instances/c1/metadata"));
        await StateAsync("freeze", force: false, "instance-paused");
        await StateAsync("unfreeze", force: false, "instance-resumed");
        await StateAsync("restart", force: true, "instance-stopped", "instance-started", "instance-restarted");
        await StateAsync("stop", force: true, "instance-stopped");
        await DoAsync(HttpMethod.Patch, In("/1.0/instances/c1"), new() { ["description"] = "x" }, "instance-updated " + In("/1.0/instances/c1"));
        await DoAsync(HttpMethod.Post, In("/1.0/instances/c1/snapshots"), new() { ["name"] = "s1" }, "instance-snapshot-created " + In("/1.0/instances/c1/snapshots/s1"));
        await DoAsync(HttpMethod.Put, In("/1.0/instances/c1"), new() { ["restore"] = "s1" }, "instance-restored " + In("/1.0/instances/c1"));
        await DoAsync(HttpMethod.Post, In("/1.0/instances/c1/snapshots/s1"), new() { ["name"] = "s2" }, "instance-snapshot-renamed " + In("/1.0/instances/c1/snapshots/s2"));
        await DoAsync(HttpMethod.Delete, In("/1.0/instances/c1/snapshots/s2"), null, "instance-snapshot-deleted " + In("/1.0/instances/c1/snapshots/s2"));
        await DoAsync(HttpMethod.Post, In("/1.0/instances/c1/backups"), new() { ["name"] = "b1" }, "instance-backup-created " + In("/1.0/instances/c1/backups/b1"));
        await DoAsync(HttpMethod.Delete, In("/1.0/instances/c1/backups/b1"), null, "instance-backup-deleted " + In("/1.0/instances/c1/backups/b1"));
        await DoAsync(HttpMethod.Post, In("/1.0/instances/c1"), new() { ["name"] = "c2" }, "instance-renamed " + In("/1.0/instances/c2"));
        await DoAsync(HttpMethod.Delete, In("/1.0/instances/c2"), null, "instance-deleted " + In("/1.0/instances/c2"));
        var volumes = "/1.0/storage-pools/default/volumes/custom";
        await DoAsync(HttpMethod.Post, In(volumes), new() { ["name"] = "v1" }, $"storage-volume-created {In(volumes + "/v1")}");
        await DoAsync(HttpMethod.Delete, In(volumes + "/v1"), null, $"storage-volume-deleted {In(volumes + "/v1")}");
        await DoAsync(HttpMethod.Post, "/1.0/images/aliases", new() { ["name"] = "again", ["target"] = await FingerprintAsync() }, "image-alias-created /1.0/images/aliases/again");
        await DoAsync(HttpMethod.Delete, "/1.0/images/aliases/again", null, "image-alias-deleted /1.0/images/aliases/again");
        await DoAsync(HttpMethod.Patch, "/1.0", new() { ["config"] = new JsonObject { ["user.x"] = "1" } }, "config-updated /1.0");
        await DoAsync(HttpMethod.Put, "/1.0", new() { ["config"] = new JsonObject() }, "config-updated /1.0");
        await DoAsync(HttpMethod.Delete, "/1.0/projects/tell", null, "project-deleted /1.0/projects/tell");

        var seen = new List<string>();
        while (seen.LastOrDefault() != _wanted[^1])
        {
            var told = await events.NextLifecycleAsync(Cancellation);
            seen.Add($"{told.GetProperty("action").GetString()} {told.GetProperty("source").GetString()}");
            Assert.True(told.TryGetProperty("requestor", out var who), $"{seen[^1]} tells of nobody who asked");
            Assert.Equal(("root", "unix", "@"), (Text(who, "username"), Text(who, "protocol"), Text(who, "address")));
        }

        Assert.Equal(_wanted, seen);
    }

    [Fact]
    public async Task What_ends_by_itself_was_asked_for_by_nobody()
    {
        await LaunchAsync("c1");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await TryExecAsync("c1", "poweroff");
        var stopped = await events.FindAsync("c1", Cancellation, "instance-stopped");
        Assert.False(stopped.TryGetProperty("requestor", out _));
    }

    private static string In(string path) => path + "?project=tell";

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private Task StateAsync(string action, bool force, params string[] told) =>
        DoAsync(HttpMethod.Put, In("/1.0/instances/c1/state"), new() { ["action"] = action, ["force"] = force }, [.. told.Select(t => $"{t} {In("/1.0/instances/c1")}")]);

    private async Task DoAsync(HttpMethod method, string path, JsonObject? body, params string[] told)
    {
        var (status, reply) = await Server.Api.SendAsync(method, path, body, Cancellation);
        Assert.True((int)status < 300, $"{method} {path}: {(int)status} {reply}");
        if ((int)status == 202)
        {
            var operation = await Server.Api.GetAsync(reply.GetProperty("operation").GetString() + "/wait?project=tell", Cancellation);
            Assert.True(operation.GetProperty("status_code").GetInt32() == 200, $"{method} {path}: {operation}");
        }

        _wanted.AddRange(told);
    }

    private async Task<string> FingerprintAsync() =>
        (await Server.Api.GetAsync($"/1.0/images/aliases/{BusyboxImage.Alias}", Cancellation)).GetProperty("target").GetString()!;
}
