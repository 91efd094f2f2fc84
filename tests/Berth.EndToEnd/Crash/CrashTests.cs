using System.Diagnostics;

namespace Berth.EndToEnd.Crash;

/// <summary>SIGKILL of the daemon, idle and in the middle of things.</summary>
public abstract class CrashTests(TestHost host) : ServerTests(host)
{
    private const int Rounds = 8;

    [Fact]
    public async Task What_ran_runs_on_and_is_taken_over()
    {
        await LaunchAsync("c1");
        await Server.BerthAsync("create", BusyboxImage.Alias, "c2");
        var pid = await Server.PidAsync("c1");
        await Server.CrashAndRestartAsync();
        Assert.Equal(pid, await Server.PidAsync("c1"));
        Assert.Equal("Running", await Server.StatusAsync("c1"));
        Assert.Equal("Stopped", await Server.StatusAsync("c2"));
        Assert.Equal("alive", await ExecAsync("c1", "echo", "alive"));
        Assert.Contains("berth-test-console", (await Server.BerthAsync("console", "c1", "--show-log")).Text, StringComparison.Ordinal);
        await Server.BerthAsync("stop", "c1", "--timeout", "20");
    }

    [Fact]
    public async Task One_that_stopped_meanwhile_is_stopped()
    {
        await LaunchAsync("c1");
        var pid = await Server.PidAsync("c1");
        await Server.Daemon.CrashAsync(Cancellation);
        await Host.RunAsync("kill", "-KILL", $"{pid}");
        await Host.RunAsync("timeout", "20", "tail", $"--pid={pid}", "-f", "/dev/null");
        await Server.RestartAsync();
        Assert.Equal("Stopped", await Server.StatusAsync("c1"));
        await Server.BerthAsync("start", "c1");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
    }

    [Fact]
    public Task In_create() => CrashDuringAsync(_ => ["create", BusyboxImage.Alias, "victim"], null);

    [Fact]
    public Task In_launch() => CrashDuringAsync(_ => ["launch", BusyboxImage.Alias, "victim"], null);

    [Fact]
    public Task In_start() => CrashDuringAsync(_ => ["start", "victim"], () => Server.BerthAsync("create", BusyboxImage.Alias, "victim"));

    [Fact]
    public Task In_stop() => CrashDuringAsync(_ => ["stop", "victim", "--force"], () => LaunchAsync("victim"));

    [Fact]
    public Task In_restart() => CrashDuringAsync(_ => ["restart", "victim", "--force"], () => LaunchAsync("victim"));

    [Fact]
    public Task In_delete() => CrashDuringAsync(_ => ["delete", "victim", "--force"], () => LaunchAsync("victim"));

    [Fact]
    public Task In_snapshot() => CrashDuringAsync(i => ["snapshot", "create", "victim", $"s{i}"], () => LaunchAsync("victim"));

    [Fact]
    public Task In_restore() => CrashDuringAsync(_ => ["snapshot", "restore", "victim", "s"], async () =>
    {
        await LaunchAsync("victim");
        await Server.BerthAsync("snapshot", "create", "victim", "s", "--reuse");
    });

    [Fact]
    public Task In_copy() => CrashDuringAsync(_ => ["copy", "other", "victim"], async () =>
    {
        if (!(await Server.NamesAsync()).Contains("other"))
        {
            await LaunchAsync("other");
            await Server.BerthAsync("snapshot", "create", "other", "s");
        }
    });

    [Fact]
    public async Task In_image_import()
    {
        var file = Path.Combine(Server.Place.Root, "other.tar.gz");
        await BusyboxImage.WriteAsync(file);
        await CrashDuringAsync(
            _ => ["image", "import", file, "--alias", "other"],
            null,
            WholeImageOrNoneAsync);
        File.Delete(file);
    }

    [Fact]
    public async Task Sigterm_ends_the_daemon_and_nothing_else()
    {
        await LaunchAsync("c1");
        var pid = await Server.PidAsync("c1");
        Assert.Equal(0, await Server.Daemon.StopAsync(Cancellation));
        Assert.False(File.Exists(Server.Place.Socket), "the socket is still there");
        Assert.True(Directory.Exists($"/proc/{pid}"), "the container is gone");
        await Server.RestartAsync();
        Assert.Equal(pid, await Server.PidAsync("c1"));
    }

    /// <summary>
    /// Kills the daemon at a random moment of the command, again and again. Afterwards there is a whole instance or none,
    /// a bystander runs on, and the victim can be used and deleted.
    /// </summary>
    private async Task CrashDuringAsync(Func<int, string[]> command, Func<Task>? prepare, Func<Task>? tidy = null)
    {
        var bystander = await LaunchAsync("bystander");
        var pid = await Server.PidAsync(bystander);
        var duration = await MeasureAsync(command, prepare, tidy);
        var random = new Random(20261);
        for (var round = 0; round < Rounds; round++)
        {
            await (prepare?.Invoke() ?? Task.CompletedTask);
            var running = Server.TryBerthAsync(command(round));
            await Moment(duration * random.NextDouble());
            await Server.Daemon.CrashAsync(Cancellation);
            await running;
            await Server.RestartAsync();
            Assert.Equal(pid, await Server.PidAsync(bystander));
            await WholeOrNothingAsync();
            await RemoveVictimAsync();
            await (tidy?.Invoke() ?? Task.CompletedTask);
        }

        Assert.Equal("alive", await ExecAsync(bystander, "echo", "alive"));
    }

    /// <summary>An image comes with its alias, and one that is there can be used.</summary>
    private async Task WholeImageOrNoneAsync()
    {
        var images = await Server.Api.GetAsync("/1.0/images?recursion=1", Cancellation);
        var aliases = images.EnumerateArray().Select(i => Assert.Single(i.GetProperty("aliases").EnumerateArray()).GetProperty("name").GetString()).ToList();
        if (aliases.Remove("other"))
        {
            await Server.BerthAsync("launch", "other", "victim");
            await RemoveVictimAsync();
            await Server.BerthAsync("image", "delete", "other");
        }

        Assert.Equal([BusyboxImage.Alias], aliases);
    }

    private async Task<TimeSpan> MeasureAsync(Func<int, string[]> command, Func<Task>? prepare, Func<Task>? tidy)
    {
        await (prepare?.Invoke() ?? Task.CompletedTask);
        var watch = Stopwatch.StartNew();
        await Server.BerthAsync(command(-1));
        var duration = watch.Elapsed;
        await RemoveVictimAsync();
        await (tidy?.Invoke() ?? Task.CompletedTask);
        return duration;
    }

    private async Task WholeOrNothingAsync()
    {
        var status = await SettledAsync();
        Assert.Contains(status, new[] { null, "Stopped", "Running" });
        if (status == "Stopped")
        {
            await Server.BerthAsync("start", "victim");
            status = await Server.StatusAsync("victim");
        }

        if (status == "Running")
        {
            Assert.Equal("whole", await ExecAsync("victim", "echo", "whole"));
        }
    }

    /// <summary>An interrupted start is completed after the API is there again.</summary>
    private async Task<string?> SettledAsync()
    {
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        if (await Server.StatusAsync("victim") == "Starting")
        {
            await events.LifecycleAsync("victim", Cancellation, "instance-started", "instance-stopped");
        }

        return await Server.StatusAsync("victim");
    }

    private async Task RemoveVictimAsync()
    {
        if (await Server.StatusAsync("victim") is not null)
        {
            await Server.BerthAsync("delete", "--force", "victim");
        }
    }

    /// <summary>Not a wait for something: the moment of the crash is what the test varies.</summary>
    private static Task Moment(TimeSpan after) => Task.Delay(after, Cancellation);
}

public sealed class CrashOnDirTests(DirHost host) : CrashTests(host), IClassFixture<DirHost>;

public sealed class CrashOnBtrfsTests(BtrfsHost host) : CrashTests(host), IClassFixture<BtrfsHost>;
