using System.Globalization;

namespace Berth.EndToEnd.Containers;

/// <summary>A Debian container with its stock systemd.</summary>
[Collection(nameof(DebianHost))]
public sealed class SystemdTests(DebianHost host) : ServerTests(host)
{
    [Fact]
    public async Task Systemd_reaches_running_and_stops_when_asked()
    {
        await Server.BerthAsync("launch", DebianImage.Alias, "web1");
        var state = await BootedAsync("web1");
        var failed = (await TryExecAsync("web1", "systemctl", "--failed", "--plain", "--no-legend")).Line;
        Assert.True(state is "running", $"{state}: {failed}");
        await Server.BerthAsync("stop", "web1", "--timeout", "60");
        Assert.Equal("Stopped", await Server.StatusAsync("web1"));
    }

    [Fact]
    public async Task Two_have_addresses_and_know_each_other()
    {
        await Server.BerthAsync("launch", DebianImage.Alias, "web1");
        await Server.BerthAsync("launch", DebianImage.Alias, "web2");
        foreach (var name in new[] { "web1", "web2" })
        {
            await BootedAsync(name);
        }

        Assert.NotEqual("", await ExecAsync("web1", "sh", "-c", "for i in $(seq 100); do getent hosts web2 && exit; sleep 0.1; done; exit 1"));
    }

    [Fact]
    public async Task Free_and_nproc_show_the_limits()
    {
        Assert.SkipUnless(File.Exists("/var/lib/lxcfs/proc/meminfo"), "lxcfs is not mounted on this host");
        await Server.BerthAsync("launch", DebianImage.Alias, "web1", "-c", "limits.memory=256MiB", "-c", "limits.cpu=1");
        Assert.Equal((256 * 1024).ToString(CultureInfo.InvariantCulture), await ExecAsync("web1", "awk", "/MemTotal/ { print $2 }", "/proc/meminfo"));
        Assert.Equal("1", await ExecAsync("web1", "nproc"));
    }

    /// <summary>The state that systemd reached; it is asked again until it has a bus to answer on.</summary>
    private async Task<string> BootedAsync(string name) => (await TryExecAsync(
        name, "sh", "-c", "for i in $(seq 300); do s=$(systemctl is-system-running --wait 2>&-); [ -n \"$s\" ] && [ $s != offline ] && break; sleep 0.1; done; echo $s")).Line;
}
