using System.Diagnostics;

namespace Berth.EndToEnd.Volumes;

/// <summary>SIGKILL of the daemon in the middle of work with volumes and backups: the next one finishes or undoes it.</summary>
public sealed class VolumeCrashTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private const int Rounds = 2;

    private string Archive => Path.Combine(Server.Place.Root, "a.backup");

    public override async ValueTask DisposeAsync()
    {
        await Server.DeleteAllAsync();
        await VolumeTools.DeleteAllAsync(Server);
        File.Delete(Archive);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task In_copy_and_move_of_a_volume()
    {
        await FilledAsync();
        await CrashDuringAsync(["storage", "volume", "copy", "default/data", "default/victim"], RemoveVictimAsync);

        // A move within the pool is a rename; to another one it is a copy that takes the place of the original.
        await Server.BerthAsync("storage", "create", "other", "dir");
        try
        {
            await CrashDuringAsync(["storage", "volume", "move", "default/data", "other/data"], async () =>
            {
                var where = Assert.Single(await VolumeTools.NamesAsync(Server, "default", "other"), n => !n.EndsWith("/s1", StringComparison.Ordinal)).Split('/')[0];
                Assert.Equal($"one {where}", await ContentAsync(where, "data"));
                if (where == "other")
                {
                    await VolumeTools.RunAsync(Server, "move", "other/data", "default/data");
                }
            });
        }
        finally
        {
            await VolumeTools.DeleteAllAsync(Server, "other");
            await Server.BerthAsync("storage", "delete", "other");
        }
    }

    [Fact]
    public async Task In_restore_of_a_volume()
    {
        await FilledAsync();
        await CrashDuringAsync(["storage", "volume", "snapshot", "restore", "default", "data", "s1"], async () =>
        {
            Assert.Equal("one default", await ContentAsync("default", "data"));
            Assert.Equal(["data", "data/s1"], await VolumeTools.NamesAsync(Server));
        });
    }

    [Fact]
    public async Task In_snapshot_of_a_volume()
    {
        await FilledAsync();
        await CrashDuringAsync(["storage", "volume", "snapshot", "create", "default", "data", "s2"], async () =>
        {
            if ((await VolumeTools.NamesAsync(Server)).Contains("data/s2"))
            {
                await VolumeTools.RunAsync(Server, "snapshot", "restore", "default", "data", "s2");
                Assert.Equal("one default", await ContentAsync("default", "data"));
                await VolumeTools.RunAsync(Server, "snapshot", "delete", "default", "data", "s2");
            }
        });
    }

    [Fact]
    public async Task In_export_and_import_of_a_volume()
    {
        await FilledAsync();
        await CrashDuringAsync(["storage", "volume", "export", "default", "data", Archive, "--compression", "none"], async () =>
        {
            foreach (var kept in (await Server.Api.GetAsync("/1.0/storage-pools/default/volumes/custom/data/backups", Cancellation)).EnumerateArray())
            {
                await Server.Api.RunAsync(HttpMethod.Delete, kept.GetString()!, null, Cancellation);
            }

            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Server.Place.StateDirectory, "backups")));
        });
        await VolumeTools.RunAsync(Server, "export", "default", "data", Archive, "--compression", "none");
        await CrashDuringAsync(["storage", "volume", "import", "default", Archive, "victim"], RemoveVictimAsync);
    }

    [Fact]
    public async Task In_export_and_import_of_an_instance()
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        await Server.IncusAsync("snapshot", "create", "c1", "s1");
        await CrashDuringAsync(["export", "c1", Archive, "--compression", "none"], async () =>
        {
            foreach (var kept in (await Server.Api.GetAsync("/1.0/instances/c1/backups", Cancellation)).EnumerateArray())
            {
                await Server.Api.RunAsync(HttpMethod.Delete, kept.GetString()!, null, Cancellation);
            }

            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Server.Place.StateDirectory, "backups")));
        });
        await Server.IncusAsync("export", "c1", Archive, "--compression", "none");
        await CrashDuringAsync(["import", Archive, "victim"], async () =>
        {
            if ((await Server.NamesAsync()).Contains("victim"))
            {
                await Server.BerthAsync("start", "victim");
                Assert.Equal("whole", await ExecAsync("victim", "echo", "whole"));
                await Server.BerthAsync("delete", "--force", "victim");
            }
        });
    }

    private async Task RemoveVictimAsync()
    {
        if ((await VolumeTools.NamesAsync(Server)).Contains("victim"))
        {
            Assert.Equal("one default", await ContentAsync("default", "victim"));
            Assert.Equal(["data", "data/s1", "victim", "victim/s1"], await VolumeTools.NamesAsync(Server));
            await VolumeTools.RunAsync(Server, "delete", "default", "victim");
        }

        Assert.Equal(["data", "data/s1"], await VolumeTools.NamesAsync(Server));
    }

    /// <summary>A volume with a snapshot, large enough that its work can be interrupted.</summary>
    private async Task FilledAsync()
    {
        await VolumeTools.RunAsync(Server, "create", "default", "data");
        await LaunchAsync("reader");
        await VolumeTools.RunAsync(Server, "attach", "default", "data", "reader", "data", "/data");
        await ExecAsync("reader", "sh", "-c", "dd if=/dev/urandom of=/data/much bs=1M count=24 2>/dev/null; md5sum </data/much >/data/sum; echo one >/data/note");
        await VolumeTools.RunAsync(Server, "detach", "default", "data", "reader", "data");
        await VolumeTools.RunAsync(Server, "snapshot", "create", "default", "data", "s1");
    }

    /// <summary>What the note says and where the volume lies, if the rest is whole.</summary>
    private async Task<string> ContentAsync(string pool, string volume)
    {
        await VolumeTools.RunAsync(Server, "attach", pool, volume, "reader", "reading", "/reading");
        var text = await ExecAsync("reader", "sh", "-c", "[ \"$(md5sum </reading/much)\" = \"$(cat /reading/sum)\" ] && cat /reading/note");
        await VolumeTools.RunAsync(Server, "detach", pool, volume, "reader", "reading");
        return $"{text} {pool}";
    }

    private async Task CrashDuringAsync(string[] command, Func<Task> check)
    {
        var watch = Stopwatch.StartNew();
        await Server.IncusAsync(command);
        var duration = watch.Elapsed;
        await check();
        var random = new Random(20261);
        for (var round = 0; round < Rounds; round++)
        {
            var running = Server.TryIncusAsync(command);
            // Not a wait for something: the moment of the crash is what the test varies.
            await Task.Delay(duration * random.NextDouble(), Cancellation);
            await Server.CrashAndRestartAsync();
            await running;
            await check();
        }
    }
}
