using System.Globalization;

namespace Berth.EndToEnd.Crash;

/// <summary>A host boot as the daemon sees one: another boot id, and nothing that ran before.</summary>
public sealed class HostBootTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    [Fact]
    public async Task What_should_run_after_a_boot_runs()
    {
        await LaunchAsync("always", "-c", "boot.autostart=true");
        await LaunchAsync("as-it-was");
        await LaunchAsync("never", "-c", "boot.autostart=false");
        await Server.BerthAsync("create", BusyboxImage.Alias, "stopped");
        await PowerLossAsync("always", "as-it-was", "never");
        await BootAsync();
        Assert.Equal("Running", await Server.StatusAsync("always"));
        Assert.Equal("Running", await Server.StatusAsync("as-it-was"));
        Assert.Equal("Stopped", await Server.StatusAsync("never"));
        Assert.Equal("Stopped", await Server.StatusAsync("stopped"));
        Assert.Equal("up", await ExecAsync("always", "echo", "up"));
        await Server.DeleteAllAsync();
        await Server.RestartAsync();
    }

    private async Task PowerLossAsync(params string[] names)
    {
        var pids = new List<string>();
        foreach (var name in names)
        {
            pids.Add((await Server.PidAsync(name)).ToString(CultureInfo.InvariantCulture));
        }

        await Server.Daemon.CrashAsync(Cancellation);
        foreach (var pid in pids)
        {
            await Host.RunAsync("kill", "-KILL", pid);
            await Host.RunAsync("timeout", "20", "tail", "--pid=" + pid, "-f", "/dev/null");
        }
    }

    /// <summary>The daemon answers before autostart is over, so the events of the starts are what is waited for.</summary>
    private async Task BootAsync()
    {
        var bootId = Path.Combine(Server.Place.Root, "boot_id");
        await File.WriteAllTextAsync(bootId, Guid.NewGuid() + "\n", Cancellation);
        await Server.RestartAsync(bootId);
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        foreach (var name in new[] { "always", "as-it-was" })
        {
            if (await Server.StatusAsync(name) != "Running")
            {
                await events.LifecycleAsync(name, Cancellation, "instance-started");
            }
        }

        File.Delete(bootId);
    }
}
