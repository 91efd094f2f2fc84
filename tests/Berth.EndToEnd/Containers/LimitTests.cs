using System.Diagnostics;
using System.Globalization;

namespace Berth.EndToEnd.Containers;

/// <summary>Limits hold because the kernel holds them; most change while the container runs.</summary>
public sealed class LimitTests(BtrfsHost host) : ServerTests(host), IClassFixture<BtrfsHost>
{
    private const long MiB = 1 << 20;

    [Fact]
    public async Task Memory_beyond_the_limit_is_not_had()
    {
        await LaunchAsync("c1", "-c", "limits.memory=64MiB");
        await LaunchAsync("c2");
        var pid = await Server.PidAsync("c1");
        Assert.NotEqual(0, (await TryExecAsync("c1", "sh", "-c", "head -c 200000000 /dev/zero | tail >/dev/null; exit $?")).ExitCode);
        Assert.Equal(pid, await Server.PidAsync("c1"));
        Assert.InRange((await StateAsync("c1")).GetProperty("memory").GetProperty("usage_peak").GetInt64(), 32 * MiB, 65 * MiB);
        Assert.Equal("alive", await ExecAsync("c2", "echo", "alive"));
    }

    [Fact]
    public async Task A_raised_memory_limit_holds_at_once()
    {
        await LaunchAsync("c1", "-c", "limits.memory=64MiB");
        await Server.BerthAsync("config", "set", "c1", "limits.memory=512MiB");
        await ExecAsync("c1", "sh", "-c", "head -c 200000000 /dev/zero | tail >/dev/null");
    }

    [Fact]
    public async Task Processes_beyond_the_limit_are_not_started()
    {
        await LaunchAsync("c1", "-c", "limits.processes=30");
        var result = await TryExecAsync("c1", "sh", "-c", "for i in $(seq 60); do sleep 60 & done; jobs | wc -l; kill $(jobs -p)");
        Assert.NotEqual("60", result.Line.Trim());
        await Server.BerthAsync("config", "set", "c1", "limits.processes=200");
        Assert.Equal("60", await ExecAsync("c1", "sh", "-c", "for i in $(seq 60); do sleep 60 & done; jobs | wc -l; kill $(jobs -p)"));
    }

    [Fact]
    public async Task Cpus_are_those_that_were_given()
    {
        await LaunchAsync("c1", "-c", "limits.cpu=1");
        Assert.Equal("1", await ExecAsync("c1", "nproc"));
        await Server.BerthAsync("config", "set", "c1", "limits.cpu=0-1");
        Assert.Equal(Math.Min(2, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture), await ExecAsync("c1", "nproc"));
        (await Server.TryBerthAsync("config", "set", "c1", "limits.cpu=4096-4097")).Failed("limits.cpu");
    }

    [Fact]
    public async Task An_allowance_of_a_fifth_is_no_more()
    {
        await LaunchAsync("c1", "-c", "limits.cpu.allowance=20ms/100ms");
        var before = await CpuAsync("c1");
        var watch = Stopwatch.StartNew();
        await TryExecAsync("c1", "timeout", "3", "sh", "-c", "while :; do :; done");
        var share = (await CpuAsync("c1") - before) / watch.Elapsed;
        Assert.InRange(share, 0.1, 0.27);
    }

    [Fact]
    public async Task The_root_disk_has_the_size_that_was_given()
    {
        var result = await Server.TryBerthAsync("launch", BusyboxImage.Alias, "c1", "-d", "root,size=64MiB");
        if (result.ExitCode != 0)
        {
            result.Failed("size");
            return;
        }

        Assert.NotEqual(0, (await TryExecAsync("c1", "sh", "-c", "dd if=/dev/urandom of=/root/big bs=1M count=128 && sync")).ExitCode);
        await Server.BerthAsync("config", "device", "set", "c1", "root", "size=512MiB");
        await ExecAsync("c1", "sh", "-c", "dd if=/dev/urandom of=/root/big bs=1M count=128 && sync");
    }

    [Fact]
    public async Task The_state_shows_use()
    {
        await LaunchAsync("c1", "-c", "limits.memory=128MiB");
        await ExecAsync("c1", "sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
        var state = await StateAsync("c1");
        Assert.True(state.GetProperty("cpu").GetProperty("usage").GetInt64() > 0);
        Assert.InRange(state.GetProperty("memory").GetProperty("usage").GetInt64(), 1, 128 * MiB);
        Assert.Equal(128 * MiB, state.GetProperty("memory").GetProperty("total").GetInt64());
        Assert.InRange(state.GetProperty("processes").GetInt64(), 1, 20);
        Assert.True(state.GetProperty("pid").GetInt64() > 1);
        Assert.True(state.GetProperty("network").TryGetProperty("eth0", out var eth0));
        Assert.Equal("up", eth0.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Lxcfs_shows_the_containers_own_memory()
    {
        Assert.SkipUnless(File.Exists("/var/lib/lxcfs/proc/meminfo"), "lxcfs is not mounted on this host");
        await LaunchAsync("c1", "-c", "limits.memory=128MiB");
        Assert.Equal((128 * 1024).ToString(CultureInfo.InvariantCulture), await ExecAsync("c1", "awk", "/MemTotal/ { print $2 }", "/proc/meminfo"));
    }

    private Task<System.Text.Json.JsonElement> StateAsync(string name) => Server.Api.GetAsync($"/1.0/instances/{name}/state", Cancellation);

    private async Task<TimeSpan> CpuAsync(string name) =>
        TimeSpan.FromMicroseconds((await StateAsync(name)).GetProperty("cpu").GetProperty("usage").GetInt64() / 1000.0);
}
