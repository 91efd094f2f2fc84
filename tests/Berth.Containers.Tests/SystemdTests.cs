using Berth.Containers.Tests.Support;
using Berth.Linux.Processes;

namespace Berth.Containers.Tests;

/// <summary>Stock Debian with systemd as its init, from the host's own package mirror.</summary>
public sealed class SystemdTests(ContainerHost host) : ContainerTest(host)
{
    private const string Kept = "/tmp/berth-ct-test/keep";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Debian12RunsAndPowersOff(bool nesting)
    {
        var spec = Host.Spec(await ImageAsync("bookworm"), config: new Dictionary<string, string> { ["security.nesting"] = nesting ? "true" : "false" });
        var instance = await StartAsync(spec);
        var state = await RunAsync(instance, "sh", "-c", "until [ -S /run/systemd/private ]; do sleep 0.1; done; systemctl is-system-running --wait; systemctl list-units --failed --plain --no-legend");
        Assert.True(state.Stdout == "running\n", state.Stdout + state.Stderr);
        Assert.Equal("lxc\n", (await RunAsync(instance, "systemd-detect-virt", "--container")).Stdout);
        await instance.ShutdownAsync(Cancel).WaitAsync(Soon, Cancel);
        await instance.Exited.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Empty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
    }

    [Fact]
    public async Task Debian12RebootsFromInside()
    {
        var instance = await StartAsync(Host.Spec(await ImageAsync("bookworm")));
        var init = instance.Pid;
        await RunAsync(instance, "sh", "-c", "until [ -S /run/systemd/private ]; do sleep 0.1; done; systemctl is-system-running --wait; systemctl reboot");
        using var changed = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (instance.Pid == init)
        {
            changed.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal("running\n", (await RunAsync(instance, "sh", "-c", "until [ -S /run/systemd/private ]; do sleep 0.1; done; systemctl is-system-running --wait")).Stdout);
    }

    /// <summary>Built once and kept, for it takes a minute.</summary>
    private static async Task<string> ImageAsync(string suite)
    {
        var tree = $"{Kept}/{suite}";
        if (!Directory.Exists(tree))
        {
            Directory.CreateDirectory(Kept);
            var sources = Directory.Exists("/etc/apt/sources.list.d") ? Directory.GetFiles("/etc/apt/sources.list.d", "debian.sources") : [];
            await Spawner.RunCheckedAsync(
                ["mmdebstrap", "--mode=root", "--variant=minbase", "--include=systemd,systemd-sysv,dbus,iproute2", "--format=directory", suite, tree + ".new", .. sources],
                new() { Timeout = TimeSpan.FromMinutes(10) },
                Cancel);
            Directory.Move(tree + ".new", tree);
        }

        return tree;
    }
}
