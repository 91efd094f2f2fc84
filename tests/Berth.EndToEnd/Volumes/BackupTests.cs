using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Volumes;

/// <summary>Backups of instances and volumes, with the stock client, on each kind of pool.</summary>
public abstract class BackupTests(TestHost host) : ServerTests(host)
{
    private string Backup(string name) => Path.Combine(Server.Place.Root, name);

    public override async ValueTask DisposeAsync()
    {
        await Server.DeleteAllAsync();
        await VolumeTools.DeleteAllAsync(Server);
        foreach (var file in Directory.EnumerateFiles(Server.Place.Root, "*.backup"))
        {
            File.Delete(file);
        }

        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_running_container_comes_back_with_its_snapshots()
    {
        await LaunchAsync("c1", "-c", "user.colour=red", "-d", "root,size=64MiB");
        await ExecAsync("c1", "sh", "-c", "echo one >/root/note; chown 7:8 /root/note; ln /root/note /root/same; rm -r /var/log");
        await Server.IncusAsync("snapshot", "create", "c1", "s1");
        await ExecAsync("c1", "sh", "-c", "echo two >/root/note");
        await Server.IncusAsync("export", "c1", Backup("kept.backup"), "--compression", "none");
        await Server.BerthAsync("export", "c1", Backup("direct.backup"));
        Assert.Empty((await Server.Api.GetAsync("/1.0/instances/c1/backups", Cancellation)).EnumerateArray());
        (await Server.TryIncusAsync("import", Backup("kept.backup"))).Failed("c1");

        await Server.IncusAsync("import", Backup("kept.backup"), "c2");
        await Server.IncusAsync("delete", "c1", "--force");
        await Server.IncusAsync("import", Backup("direct.backup"));
        foreach (var name in new[] { "c1", "c2" })
        {
            await Server.IncusAsync("start", name);
            Assert.Equal("two 7:8 2", await ExecAsync(name, "sh", "-c", "[ -e /var/log ] || echo $(cat /root/note) $(stat -c '%u:%g %h' /root/note)"));
            Assert.Equal("red", (await Server.IncusAsync("config", "get", name, "user.colour")).Line);
            await Server.IncusAsync("snapshot", "restore", name, "s1");
            Assert.Equal("one", await ExecAsync(name, "cat", "/root/note"));
        }

        await Server.IncusAsync("export", "c1", Backup("alone.backup"), "--instance-only");
        await Server.IncusAsync("import", Backup("alone.backup"), "c3");
        Assert.Equal("c3,0", (await Server.IncusAsync("list", "c3", "--format", "csv", "--columns", "nS")).Line);
        (await Server.TryIncusAsync("export", "c1", Backup("fast.backup"), "--optimized-storage")).Failed("optimized");
    }

    [Fact]
    public async Task A_machines_disk_comes_back()
    {
        await Server.BerthAsync("create", "--empty", "vm1", "--vm", "-d", "root,size=32MiB");
        await Server.IncusAsync("snapshot", "create", "vm1", "s1");
        await Server.IncusAsync("export", "vm1", Backup("vm.backup"));
        await Server.IncusAsync("import", Backup("vm.backup"), "vm2");
        await Server.IncusAsync("snapshot", "restore", "vm2", "s1");
        Assert.Equal("vm2,VIRTUAL-MACHINE,1", (await Server.IncusAsync("list", "vm2", "--format", "csv", "--columns", "ntS")).Line, ignoreCase: true);
    }

    [Fact]
    public async Task Those_that_the_server_keeps_are_listed_renamed_and_go_by_themselves()
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        foreach (var backup in new JsonObject[] { new(), new() { ["name"] = "b1" } })
        {
            var done = await Server.Api.RunAsync(HttpMethod.Post, "/1.0/instances/c1/backups", backup, Cancellation);
            Assert.True(done.GetProperty("status_code").GetInt32() == 200, done.ToString());
        }

        await events.LifecycleAsync("c1/backups/b1", Cancellation, "instance-backup-created");
        Assert.Equal("/1.0/instances/c1/backups/backup0 /1.0/instances/c1/backups/b1", string.Join(' ', (await Server.Api.GetAsync("/1.0/instances/c1/backups", Cancellation)).EnumerateArray()));
        var (status, _) = await Server.Api.SendAsync(HttpMethod.Post, "/1.0/instances/c1/backups", new JsonObject { ["name"] = "b1" }, Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, status);
        await Server.Api.RunAsync(HttpMethod.Post, "/1.0/instances/c1/backups/b1", new JsonObject { ["name"] = "b2" }, Cancellation);
        await Server.Api.RunAsync(HttpMethod.Delete, "/1.0/instances/c1/backups/backup0", null, Cancellation);
        await Server.IncusAsync("move", "c1", "c2");
        Assert.Equal("b2", (await Server.Api.GetAsync("/1.0/instances/c2/backups?recursion=1", Cancellation))[0].GetProperty("name").GetString());
        await new Command("curl", "--silent", "--fail", "--unix-socket", Server.Place.Socket, "--output", Backup("b2.backup"), "http://berth/1.0/instances/c2/backups/b2/export").RunAsync(Cancellation);
        await Server.IncusAsync("import", Backup("b2.backup"), "c3");

        var brief = new JsonObject { ["name"] = "short", ["expires_at"] = DateTimeOffset.UtcNow.AddSeconds(2).ToString("o") };
        await Server.Api.RunAsync(HttpMethod.Post, "/1.0/instances/c2/backups", brief, Cancellation);
        await Server.Api.RunAsync(HttpMethod.Post, "/1.0/instances/c3/backups", new JsonObject { ["name"] = "b3" }, Cancellation);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await Server.Api.SendAsync(HttpMethod.Get, "/1.0/instances/c2/backups/short", null, deadline.Token)).Status != System.Net.HttpStatusCode.NotFound)
        {
        }

        await Server.DeleteAllAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Server.Place.StateDirectory, "backups")));
    }

    [Fact]
    public async Task Volumes_come_back_with_their_snapshots()
    {
        await LaunchAsync("c1");
        await VolumeTools.RunAsync(Server, "create", "default", "data", "user.colour=red", "size=32MiB");
        await VolumeTools.RunAsync(Server, "attach", "default", "data", "c1", "data", "/data");
        await ExecAsync("c1", "sh", "-c", "echo one >/data/note; chown 7:8 /data/note; ln -s note /data/link; mknod /data/pipe p");
        await VolumeTools.RunAsync(Server, "snapshot", "create", "default", "data", "s1");
        await ExecAsync("c1", "sh", "-c", "echo two >/data/note");
        await VolumeTools.RunAsync(Server, "export", "default", "data", Backup("data.backup"));
        await Server.BerthAsync("storage", "volume", "export", "default", "data", Backup("direct.backup"), "--volume-only");
        await VolumeTools.RunAsync(Server, "import", "default", Backup("data.backup"), "data2");
        await VolumeTools.RunAsync(Server, "import", "default", Backup("direct.backup"), "data3");
        (await Server.TryIncusAsync("storage", "volume", "import", "default", Backup("data.backup"))).Failed("exists");
        Assert.Equal(["data", "data/s1", "data2", "data2/s1", "data3"], await VolumeTools.NamesAsync(Server));
        Assert.Equal("red", (await VolumeTools.RunAsync(Server, "get", "default", "data2", "user.colour")).Line);
        foreach (var (name, text) in new[] { ("data2", "two"), ("data3", "two") })
        {
            await VolumeTools.RunAsync(Server, "attach", "default", name, "c1", name, "/" + name);
            Assert.Equal($"{text} 7:8 note", await ExecAsync("c1", "sh", "-c", $"cd /{name}; [ -p pipe ] && echo $(cat note) $(stat -c %u:%g note) $(readlink link)"));
            await VolumeTools.RunAsync(Server, "detach", "default", name, "c1", name);
        }

        await VolumeTools.RunAsync(Server, "snapshot", "restore", "default", "data2", "s1");
        await VolumeTools.RunAsync(Server, "attach", "default", "data2", "c1", "data2", "/data2");
        Assert.Equal("one", await ExecAsync("c1", "cat", "/data2/note"));
    }

    [Fact]
    public async Task Disks_and_images_of_CDs_come_back_to_the_byte()
    {
        var bytes = new byte[3 << 20];
        new Random(3).NextBytes(bytes);
        await File.WriteAllBytesAsync(Backup("cd.backup"), bytes, Cancellation);
        await VolumeTools.RunAsync(Server, "import", "default", Backup("cd.backup"), "cd", "--type=iso");
        await VolumeTools.RunAsync(Server, "create", "default", "disk", "--type=block", "size=8MiB");
        foreach (var name in new[] { "cd", "disk" })
        {
            await VolumeTools.RunAsync(Server, "export", "default", name, Backup(name + "-out.backup"), "--compression", "gzip");
            await VolumeTools.RunAsync(Server, "import", "default", Backup(name + "-out.backup"), name + "2");
        }

        var home = Path.Combine(Server.Place.StateDirectory, "storage-pools", "default", "custom");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(home, "default_cd2", "data", "disk.iso"), Cancellation));
        Assert.Equal(8 << 20, new FileInfo(Path.Combine(home, "default_disk2", "data", "disk.raw")).Length);
        (await Server.TryIncusAsync("import", Backup("disk-out.backup"))).Failed("volume");
    }
}

public sealed class BackupsOnDirTests(DirHost host) : BackupTests(host), IClassFixture<DirHost>;

public sealed class BackupsOnBtrfsTests(BtrfsHost host) : BackupTests(host), IClassFixture<BtrfsHost>;
