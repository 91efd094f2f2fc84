using System.Net;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Volumes;

/// <summary>Custom volumes, with the stock client, on each kind of pool.</summary>
public abstract class VolumeTests(TestHost host) : ServerTests(host)
{
    public override async ValueTask DisposeAsync()
    {
        await Server.DeleteAllAsync();
        await VolumeTools.DeleteAllAsync(Server);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Files_are_attached_snapshotted_restored_copied_and_renamed()
    {
        await VolumeAsync("create", "default", "data", "size=64MiB", "initial.uid=1000", "initial.mode=0750");
        await LaunchAsync("c1");
        await VolumeAsync("attach", "default", "data", "c1", "shared", "/srv/data");
        Assert.Equal("1000 750", await ExecAsync("c1", "stat", "-c", "%u %a", "/srv/data"));
        await ExecAsync("c1", "sh", "-c", "echo one >/srv/data/note; chown 7:8 /srv/data/note");
        var state = await Server.Api.GetAsync("/1.0/storage-pools/default/volumes/custom/data/state", Cancellation);
        Assert.InRange(state.GetProperty("usage").GetProperty("total").GetInt64(), 40 << 20, 64 << 20);
        Assert.NotEqual(0, (await TryExecAsync("c1", "dd", "if=/dev/urandom", "of=/srv/data/much", "bs=1M", "count=80")).ExitCode);
        await ExecAsync("c1", "rm", "/srv/data/much");

        // A second container sees the same files with the same ids, though its own range is another one.
        await LaunchAsync("c2");
        await VolumeAsync("attach", "default", "data", "c2", "/mnt");
        Assert.Equal("one 7:8", await ExecAsync("c2", "sh", "-c", "echo $(cat /mnt/note) $(stat -c %u:%g /mnt/note)"));
        Assert.Equal(2, (await Server.Api.GetAsync("/1.0/storage-pools/default/volumes/custom/data", Cancellation)).GetProperty("used_by").GetArrayLength());

        await VolumeAsync("snapshot", "create", "default", "data");
        await ExecAsync("c1", "sh", "-c", "echo two >/srv/data/note");
        (await TryVolumeAsync("snapshot", "restore", "default", "data", "snap0")).Failed("running");
        (await TryVolumeAsync("delete", "default", "data")).Failed("in use");
        (await TryVolumeAsync("rename", "default", "data", "archive")).Failed("running");
        await Server.IncusAsync("stop", "c1", "c2", "--force");
        await VolumeAsync("snapshot", "rename", "default", "data", "snap0", "first");
        await VolumeAsync("copy", "default/data", "default/copy");
        await VolumeAsync("copy", "default/data/first", "default/old");
        await VolumeAsync("snapshot", "restore", "default", "data", "first");
        await VolumeAsync("rename", "default", "data", "archive");
        await Server.IncusAsync("start", "c1");
        Assert.Equal("one", await ExecAsync("c1", "cat", "/srv/data/note"));
        Assert.Equal("two", await ReadAsync("c1", "copy", "note"));
        Assert.Equal("one", await ReadAsync("c1", "old", "note"));
        Assert.Equal(["archive", "archive/first", "copy", "copy/first", "old"], await VolumeTools.NamesAsync(Server));

        await VolumeAsync("detach", "default", "archive", "c1");
        Assert.NotEqual(0, (await TryExecAsync("c1", "mountpoint", "-q", "/srv/data")).ExitCode);
        await VolumeAsync("detach", "default", "archive", "c2");
        await VolumeAsync("snapshot", "delete", "default", "archive", "first");
        await VolumeAsync("delete", "default", "archive");
    }

    [Fact]
    public async Task Moved_and_refreshed_between_pools_of_different_drivers()
    {
        var other = Driver == "dir" ? "btrfs" : "dir";
        await Server.BerthAsync(["storage", "create", "other", other, .. other == "btrfs" ? new[] { "size=1GiB" } : []]);
        try
        {
            await LaunchAsync("c1");
            await VolumeAsync("create", "default", "data");
            await VolumeAsync("attach", "default", "data", "c1", "shared", "/data");
            await ExecAsync("c1", "sh", "-c", "echo one >/data/note; ln -s note /data/link; ln /data/note /data/same; chmod 4711 /data/note");
            await VolumeAsync("snapshot", "create", "default", "data", "s1");
            await ExecAsync("c1", "sh", "-c", "echo two >/data/more");
            await VolumeAsync("copy", "default/data", "other/twin");
            await ExecAsync("c1", "sh", "-c", "echo three >/data/more; rm /data/link");
            await VolumeAsync("snapshot", "create", "default", "data", "s2");
            await VolumeAsync("copy", "default/data", "other/twin", "--refresh");
            Assert.Equal(["default/data", "default/data/s1", "default/data/s2", "other/twin", "other/twin/s1", "other/twin/s2"], await VolumeTools.NamesAsync(Server, "default", "other"));

            (await TryVolumeAsync("move", "default/data", "other/data")).Failed("running");
            await Server.IncusAsync("stop", "c1", "--force");
            var backup = new JsonObject { ["name"] = "b1" };
            await Server.Api.RunAsync(HttpMethod.Post, "/1.0/storage-pools/default/volumes/custom/data/backups", backup, Cancellation);
            await VolumeAsync("move", "default/data", "other/data");
            await Server.IncusAsync("start", "c1");
            Assert.Equal("three 4711 2", await ExecAsync("c1", "sh", "-c", "[ -e /data/link ] || echo $(cat /data/more) $(stat -c '%a %h' /data/note)"));
            Assert.Equal("other", (await Server.IncusAsync("config", "device", "get", "c1", "shared", "pool")).Line);
            Assert.Single((await Server.Api.GetAsync("/1.0/storage-pools/other/volumes/custom/data/backups", Cancellation)).EnumerateArray());
            Assert.Equal("three", await ReadAsync("c1", "twin", "more", "other"));
        }
        finally
        {
            await Server.DeleteAllAsync();
            await VolumeTools.DeleteAllAsync(Server, "default", "other");
            await Server.BerthAsync("storage", "delete", "other");
        }
    }

    [Fact]
    public async Task Disks_and_images_of_CDs_are_for_machines()
    {
        await VolumeAsync("create", "default", "disk", "--type=block", "size=16MiB");
        var iso = Path.Combine(Server.Place.Root, "cd.iso");
        BootableIso.Write(iso);
        await VolumeAsync("import", "default", iso, "cd", "--type=iso");
        File.Delete(iso);
        await LaunchAsync("c1");
        (await TryVolumeAsync("attach", "default", "disk", "c1", "disk", "/disk")).Failed();
        (await TryVolumeAsync("attach", "default", "cd", "c1", "cd", "/cd")).Failed();

        await Server.BerthAsync("create", "--empty", "vm1", "--vm", "-d", "root,size=16MiB");
        await Server.BerthAsync("create", "--empty", "vm2", "--vm", "-d", "root,size=16MiB");
        await VolumeAsync("attach", "default", "disk", "vm1");
        await VolumeAsync("attach", "default", "cd", "vm1");
        await VolumeAsync("attach", "default", "cd", "vm2");
        (await TryVolumeAsync("attach", "default", "disk", "vm2")).Failed("vm1");
        await VolumeAsync("set", "default", "disk", "security.shared=true");
        await VolumeAsync("attach", "default", "disk", "vm2");
        await VolumeAsync("detach", "default", "disk", "vm2");

        var bytes = await FillDiskAsync("disk", 1);
        await VolumeAsync("snapshot", "create", "default", "disk", "s1");
        await FillDiskAsync("disk", 2);
        await VolumeAsync("copy", "default/disk", "default/disk2");
        await VolumeAsync("snapshot", "restore", "default", "disk", "s1");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(DiskOf("disk"), Cancellation));
        Assert.NotEqual(bytes, await File.ReadAllBytesAsync(DiskOf("disk2"), Cancellation));
        await VolumeAsync("set", "default", "disk", "size=32MiB");
        Assert.Equal(32 << 20, new FileInfo(DiskOf("disk")).Length);
        (await TryVolumeAsync("set", "default", "disk", "size=8MiB")).Failed();
        await VolumeAsync("rename", "default", "disk", "vda");
        Assert.Equal("vda", (await Server.IncusAsync("config", "device", "get", "vm1", "disk", "source")).Line);
        Assert.Equal("cd iso\ndisk2 block\ndisk2/s1 block\nvda block\nvda/s1 block", (await VolumeAsync("list", "default", "type=custom", "--format", "csv", "--columns", "nc")).Text.Trim().Replace(",", " ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Snapshots_are_named_by_the_pattern_and_go_by_themselves()
    {
        await VolumeAsync("create", "default", "data", "snapshots.pattern={{ creation_date|date:\"2006\" }}-%d", "snapshots.expiry=1d", "snapshots.expiry.manual=2S", "snapshots.schedule=@daily");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await VolumeAsync("snapshot", "create", "default", "data");
        await VolumeAsync("snapshot", "create", "default", "data", "--no-expiry");
        var year = DateTime.Now.Year;
        await events.LifecycleAsync($"data/snapshots/{year}-0", Cancellation, "storage-volume-snapshot-deleted");
        Assert.Equal(["data", $"data/{year}-1"], await VolumeTools.NamesAsync(Server));
    }

    [Theory]
    [InlineData("""{"name": "../x", "type": "custom"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "a/b", "type": "custom"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "", "type": "custom"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "container"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "content_type": "tape"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "content_type": "iso"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "config": {"size": "-1"}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "config": {"size": "99999999999999999999"}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "config": {"sise": "1GiB"}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "config": {"snapshots.schedule": "* * *"}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "config": {"snapshots.expiry": "soon"}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "config": {"snapshots.pattern": "a/b"}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name": "x", "type": "custom", "source": {"type": "copy", "name": "none"}}""", HttpStatusCode.NotFound)]
    [InlineData("""{"name": "x", "type": "custom", "source": {"type": "floppy", "name": "none"}}""", HttpStatusCode.BadRequest)]
    public async Task What_is_wrong_makes_nothing(string request, HttpStatusCode expected)
    {
        var (status, body) = await Server.Api.SendAsync(HttpMethod.Post, "/1.0/storage-pools/default/volumes", JsonNode.Parse(request), Cancellation);
        Assert.True(status == expected, $"{(int)status} {body}");
        Assert.Empty(await VolumeTools.NamesAsync(Server));
    }

    private string DiskOf(string volume) =>
        Path.Combine(Server.Place.StateDirectory, "storage-pools", "default", "custom", "default_" + volume, "data", "disk.raw");

    private Task<CommandResult> VolumeAsync(params string[] arguments) => VolumeTools.RunAsync(Server, arguments);

    private Task<CommandResult> TryVolumeAsync(params string[] arguments) => Server.TryIncusAsync(["storage", "volume", .. arguments]);

    private async Task<string> ReadAsync(string instance, string volume, string file, string pool = "default")
    {
        await VolumeAsync("attach", pool, volume, instance, "reading", "/reading");
        var text = await ExecAsync(instance, "cat", "/reading/" + file);
        await VolumeAsync("detach", pool, volume, instance, "reading");
        return text;
    }

    /// <summary>What a machine would have written.</summary>
    private async Task<byte[]> FillDiskAsync(string volume, int seed)
    {
        var bytes = new byte[new FileInfo(DiskOf(volume)).Length];
        new Random(seed).NextBytes(bytes);
        await using var disk = new FileStream(DiskOf(volume), FileMode.Open, FileAccess.Write);
        await disk.WriteAsync(bytes, Cancellation);
        return bytes;
    }
}

public sealed class VolumesOnDirTests(DirHost host) : VolumeTests(host), IClassFixture<DirHost>;

public sealed class VolumesOnBtrfsTests(BtrfsHost host) : VolumeTests(host), IClassFixture<BtrfsHost>;
