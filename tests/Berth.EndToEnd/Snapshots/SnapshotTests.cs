using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Snapshots;

/// <summary>Snapshots and copies of containers, with the stock client, on each kind of pool.</summary>
public abstract class SnapshotTests(TestHost host) : ServerTests(host)
{
    [Fact]
    public async Task Taken_listed_restored_renamed_and_deleted_while_it_runs()
    {
        await LaunchAsync("c1");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await ExecAsync("c1", "sh", "-c", "echo one >/root/note");
        await Server.IncusAsync("snapshot", "create", "c1");
        await events.LifecycleAsync("c1/snapshots/snap0", Cancellation, "instance-snapshot-created");
        await Server.IncusAsync("config", "set", "c1", "user.colour=blue");
        await ExecAsync("c1", "sh", "-c", "echo two >/root/note; touch /root/more");
        await Server.IncusAsync("snapshot", "create", "c1", "second", "--no-expiry");
        Assert.Equal("c1,2", (await Server.IncusAsync("list", "--format", "csv", "--columns", "nS")).Line);

        var pid = await Server.PidAsync("c1");
        await Server.IncusAsync("snapshot", "restore", "c1", "snap0");
        Assert.NotEqual(pid, await Server.PidAsync("c1"));
        Assert.Equal("one", await ExecAsync("c1", "sh", "-c", "cat /root/note; [ ! -e /root/more ] || echo more"));
        Assert.Equal("", (await Server.IncusAsync("config", "get", "c1", "user.colour")).Line);
        Assert.Equal("blue", (await Server.Api.GetAsync("/1.0/instances/c1/snapshots/second", Cancellation)).GetProperty("config").GetProperty("user.colour").GetString());

        await Server.IncusAsync("snapshot", "rename", "c1", "second", "later");
        await Server.IncusAsync("snapshot", "delete", "c1", "snap0");
        Assert.Equal("later", (await Server.IncusAsync("query", "/1.0/instances/c1/snapshots")).Text.Split('"')[1].Split('/')[^1]);
        (await Server.TryIncusAsync("snapshot", "restore", "c1", "snap0")).Failed("snap0");
    }

    [Fact]
    public async Task Copied_moved_refreshed_and_rebuilt()
    {
        await LaunchAsync("c1");
        await ExecAsync("c1", "sh", "-c", "echo one >/root/note");
        await Server.IncusAsync("snapshot", "create", "c1", "s1");
        await ExecAsync("c1", "sh", "-c", "echo two >/root/note");

        await Server.IncusAsync("copy", "c1", "c2", "-c", "user.colour=red");
        await Server.IncusAsync("copy", "c1/s1", "c3");
        await Server.IncusAsync("copy", "c1", "c4", "--instance-only");
        Assert.Equal("c1,1\nc2,1\nc3,0\nc4,0", (await Server.IncusAsync("list", "--format", "csv", "--columns", "nS")).Text.Trim());
        await Server.IncusAsync("start", "c2", "c3");
        Assert.Equal("two", await ExecAsync("c2", "cat", "/root/note"));
        Assert.Equal("one", await ExecAsync("c3", "cat", "/root/note"));
        Assert.Equal("red", (await Server.IncusAsync("config", "get", "c2", "user.colour")).Line);

        await ExecAsync("c1", "sh", "-c", "echo three >/root/note");
        await Server.IncusAsync("snapshot", "create", "c1", "s2");
        await Server.IncusAsync("stop", "c2", "--force");
        await Server.IncusAsync("copy", "c1", "c2", "--refresh");
        await Server.IncusAsync("move", "c2", "c5");
        await Server.IncusAsync("start", "c5");
        Assert.Equal("three", await ExecAsync("c5", "cat", "/root/note"));
        Assert.Equal("c5,2", (await Server.IncusAsync("list", "c5", "--format", "csv", "--columns", "nS")).Line);
        await Server.IncusAsync("snapshot", "restore", "c5", "s1");
        Assert.Equal("one", await ExecAsync("c5", "cat", "/root/note"));

        (await Server.TryIncusAsync("rebuild", BusyboxImage.Alias, "c5", "--force")).Failed("snapshots");
        await Server.IncusAsync("rebuild", BusyboxImage.Alias, "c3", "--force");
        Assert.Equal("new", await ExecAsync("c3", "sh", "-c", "[ -e /root/note ] || echo new"));
    }

    [Fact]
    public async Task Moved_to_a_pool_of_the_other_driver()
    {
        var other = Driver == "dir" ? "btrfs" : "dir";
        await Server.BerthAsync(["storage", "create", "other", other, .. other == "btrfs" ? new[] { "size=1GiB" } : []]);
        try
        {
            await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
            await Server.BerthAsync("start", "c1");
            await ExecAsync("c1", "sh", "-c", "echo one >/root/note; chown 7:8 /root/note; rm -r /var/log");
            await Server.BerthAsync("snapshot", "create", "c1", "s1");
            await ExecAsync("c1", "sh", "-c", "echo two >/root/note");
            await Server.BerthAsync("copy", "c1", "c2", "--storage", "other");
            await Server.BerthAsync("stop", "c1", "--force");
            await Server.IncusAsync("move", "c1", "--storage", "other");

            foreach (var name in new[] { "c1", "c2" })
            {
                await Server.BerthAsync("start", name);
                Assert.Equal("two 7:8", await ExecAsync(name, "sh", "-c", "[ -e /var/log ] || echo $(cat /root/note) $(stat -c %u:%g /root/note)"));
                await Server.BerthAsync("snapshot", "restore", name, "s1");
                Assert.Equal("one", await ExecAsync(name, "cat", "/root/note"));
                await Server.BerthAsync("delete", name, "--force");
            }
        }
        finally
        {
            await Server.DeleteAllAsync();
            await Server.BerthAsync("storage", "delete", "other");
        }
    }

    [Fact]
    public async Task Expired_ones_go_and_a_start_takes_one()
    {
        await LaunchAsync("c1", "-c", "snapshots.schedule=@startup", "-c", "snapshots.pattern=auto-%d", "-c", "snapshots.expiry=1d");
        var first = (await Server.Api.GetAsync("/1.0/instances/c1/snapshots/auto-0", Cancellation)).GetProperty("expires_at").GetDateTimeOffset();
        Assert.InRange(first - DateTimeOffset.UtcNow, TimeSpan.FromHours(23), TimeSpan.FromHours(25));
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await Server.Api.RunAsync(
            HttpMethod.Put, "/1.0/instances/c1/snapshots/auto-0", new JsonObject { ["expires_at"] = DateTimeOffset.UtcNow.AddSeconds(1).ToString("o") }, Cancellation);
        await events.LifecycleAsync("c1/snapshots/auto-0", Cancellation, "instance-snapshot-deleted");
        Assert.Empty((await Server.Api.GetAsync("/1.0/instances/c1/snapshots", Cancellation)).EnumerateArray());
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("../x")]
    [InlineData("")]
    [InlineData("-x")]
    public async Task Names_that_are_none_are_refused(string name)
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        await Server.BerthAsync("snapshot", "create", "c1", "s1");
        var (status, _) = await Server.Api.SendAsync(HttpMethod.Post, "/1.0/instances/c1/snapshots/s1", new JsonObject { ["name"] = name }, Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, status);
    }

    [Theory]
    [InlineData("snapshots.schedule=@sometimes")]
    [InlineData("snapshots.schedule=* * *")]
    [InlineData("snapshots.pattern={{ hostname }}")]
    [InlineData("snapshots.expiry=soon")]
    public async Task Settings_that_mean_nothing_are_refused(string setting)
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        (await Server.TryBerthAsync("config", "set", "c1", setting)).Failed(setting.Split('=')[0]);
    }
}

public sealed class SnapshotsOnDirTests(DirHost host) : SnapshotTests(host), IClassFixture<DirHost>;

public sealed class SnapshotsOnBtrfsTests(BtrfsHost host) : SnapshotTests(host), IClassFixture<BtrfsHost>;
