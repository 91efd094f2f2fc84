namespace Berth.EndToEnd.Containers;

/// <summary>A container's life, from launch to delete, on each kind of pool.</summary>
public abstract class LifecycleTests(TestHost host) : ServerTests(host)
{
    [Fact]
    public async Task Launched_listed_and_deleted()
    {
        await LaunchAsync("c1");
        Assert.Equal("c1,RUNNING,CONTAINER", (await Server.BerthAsync("list", "--format", "csv", "--columns", "nst")).Line);
        await Server.BerthAsync("delete", "--force", "c1");
        Assert.Equal("", (await Server.BerthAsync("list", "--format", "csv")).Line);
    }

    [Fact]
    public async Task The_stock_client_launches_lists_executes_and_deletes()
    {
        await Server.IncusAsync("launch", BusyboxImage.Alias, "c1");
        Assert.Equal("c1,RUNNING,CONTAINER", (await Server.IncusAsync("list", "--format", "csv", "--columns", "nst")).Line);
        Assert.Equal("hello", (await Server.IncusAsync("exec", "c1", "--", "echo", "hello")).Line);
        Assert.Equal(7, (await Server.TryIncusAsync("exec", "c1", "--", "sh", "-c", "exit 7")).ExitCode);
        await Server.IncusAsync("delete", "--force", "c1");
        Assert.Equal("", (await Server.IncusAsync("list", "--format", "csv")).Line);
    }

    [Fact]
    public async Task The_init_is_asked_to_stop()
    {
        await LaunchAsync("c1");
        await Server.BerthAsync("stop", "c1", "--timeout", "20");
        Assert.Equal("Stopped", await Server.StatusAsync("c1"));
        await Server.BerthAsync("start", "c1");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task An_init_that_does_not_listen_is_stopped_by_force()
    {
        await LaunchAsync("c1");
        await Server.BerthAsync("file", "delete", "c1/sbin/init");
        await Server.BerthAsync("file", "push", "--mode", "0755", await ScriptAsync("#!/bin/sh\ntrap '' PWR TERM USR2 37\nwhile :; do sleep 1; done\n"), "c1/sbin/init");
        await Server.BerthAsync("restart", "--force", "c1");
        (await Server.TryBerthAsync("stop", "c1", "--timeout", "1")).Failed("c1");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
        await Server.BerthAsync("stop", "c1", "--force");
        Assert.Equal("Stopped", await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task A_restart_is_a_new_init()
    {
        await LaunchAsync("c1");
        var pid = await Server.PidAsync("c1");
        await Server.BerthAsync("restart", "c1");
        Assert.NotEqual(pid, await Server.PidAsync("c1"));
        Assert.Equal("Running", await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task What_was_written_survives_a_restart()
    {
        await LaunchAsync("c1");
        await ExecAsync("c1", "sh", "-c", "echo kept >/root/note");
        await Server.BerthAsync("restart", "--force", "c1");
        Assert.Equal("kept", await ExecAsync("c1", "cat", "/root/note"));
    }

    [Fact]
    public async Task Reboot_from_inside()
    {
        await LaunchAsync("c1");
        var pid = await Server.PidAsync("c1");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await TryExecAsync("c1", "reboot", "-f");
        await events.LifecycleAsync("c1", Cancellation, "instance-restarted", "instance-started");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
        Assert.NotEqual(pid, await Server.PidAsync("c1"));
    }

    [Fact]
    public async Task Poweroff_from_inside()
    {
        await LaunchAsync("c1");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await TryExecAsync("c1", "poweroff", "-f");
        await events.LifecycleAsync("c1", Cancellation, "instance-shutdown", "instance-stopped");
        Assert.Equal("Stopped", await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task Paused_processes_stand_still()
    {
        await LaunchAsync("c1");
        var pid = await Server.PidAsync("c1");
        await Server.BerthAsync("pause", "c1");
        Assert.Equal("FROZEN", (await Server.BerthAsync("list", "--format", "csv", "--columns", "s")).Line);
        Assert.Equal("Frozen", await Server.StatusAsync("c1"));
        await Server.BerthAsync("resume", "c1");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
        Assert.Equal(pid, await Server.PidAsync("c1"));
        Assert.Equal("alive", await ExecAsync("c1", "echo", "alive"));
    }

    [Fact]
    public async Task A_paused_container_can_be_deleted()
    {
        await LaunchAsync("c1");
        await Server.BerthAsync("pause", "c1");
        await Server.BerthAsync("delete", "--force", "c1");
        Assert.Null(await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task Renamed_when_stopped()
    {
        await LaunchAsync("c1");
        (await Server.TryBerthAsync("rename", "c1", "c2")).Failed("c1", "running");
        await ExecAsync("c1", "sh", "-c", "echo mine >/root/note");
        await Server.BerthAsync("stop", "--force", "c1");
        await Server.BerthAsync("rename", "c1", "c2");
        Assert.Equal(["c2"], await Server.NamesAsync());
        await Server.BerthAsync("start", "c2");
        Assert.Equal("mine", await ExecAsync("c2", "cat", "/root/note"));
        Assert.Equal("c2", await ExecAsync("c2", "hostname"));
    }

    [Fact]
    public async Task A_running_one_is_not_deleted_without_force()
    {
        await LaunchAsync("c1");
        (await Server.TryBerthAsync("delete", "c1")).Failed("c1", "running");
        Assert.Equal("Running", await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task An_ephemeral_one_is_gone_when_it_stops()
    {
        await LaunchAsync("c1", "--ephemeral");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        var gone = events.LifecycleAsync("c1", Cancellation, "instance-deleted");
        await Server.BerthAsync("stop", "--force", "c1");
        await gone;
        Assert.Null(await Server.StatusAsync("c1"));
    }

    [Fact]
    public async Task The_console_keeps_what_was_said()
    {
        await LaunchAsync("c1");
        Assert.Contains("berth-test-console", (await Server.BerthAsync("console", "c1", "--show-log")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_init_that_is_missing_is_a_clear_error()
    {
        await Server.BerthAsync("create", BusyboxImage.Alias, "c1");
        await Server.BerthAsync("file", "delete", "c1/sbin/init");
        (await Server.TryBerthAsync("start", "c1")).Failed("c1");
        Assert.NotEqual("Running", await Server.StatusAsync("c1"));
    }

    private async Task<string> ScriptAsync(string text)
    {
        var path = Path.Combine(Server.Place.Root, "script");
        await File.WriteAllTextAsync(path, text, Cancellation);
        return path;
    }
}

public sealed class LifecycleOnDirTests(DirHost host) : LifecycleTests(host), IClassFixture<DirHost>;

public sealed class LifecycleOnBtrfsTests(BtrfsHost host) : LifecycleTests(host), IClassFixture<BtrfsHost>;
