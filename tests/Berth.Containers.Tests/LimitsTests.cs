using Berth.Containers.Tests.Support;
using Berth.Core.Resources;

namespace Berth.Containers.Tests;

public sealed class LimitsTests(ContainerHost host) : ContainerTest(host)
{
    private const long MiB = 1 << 20;

    [Fact]
    public async Task TheyHoldAndChangeLive()
    {
        var limits = new Limits { Memory = 64 * MiB, Processes = 50, CpuSet = "0", CpuQuota = (50_000, 100_000) };
        var instance = await StartReadyAsync(Host.Spec(limits: limits));
        Assert.Equal("0", await CpusAsync(instance));
        Assert.NotEqual(0, (await RunAsync(instance, "sh", "-c", "for i in $(seq 100); do sleep 5 & done; wait")).Code);
        await RefusesCommandsUntilProcessesEndAsync(instance);
        Assert.NotEqual(0, (await RunAsync(instance, "sh", "-c", "head -c 200000000 /dev/zero | tail -c 200000000 > /dev/null")).Code);
        var usage = await instance.GetUsageAsync(Cancel);
        Assert.Equal(64 * MiB, usage.MemoryTotal);
        Assert.InRange(usage.MemoryPeak, MiB, 64 * MiB);

        await instance.ApplyLimitsAsync(limits with { CpuSet = null, Memory = 512 * MiB, Processes = null }, Cancel);
        Assert.Equal(await File.ReadAllTextAsync("/sys/devices/system/cpu/online", Cancel), await CpusAsync(instance) + "\n");
        Assert.Equal(0, (await RunAsync(instance, "sh", "-c", "head -c 200000000 /dev/zero | tail -c 200000000 > /dev/null")).Code);
        Assert.Equal(512 * MiB, (await instance.GetUsageAsync(Cancel)).MemoryTotal);
        await instance.ApplyLimitsAsync(limits with { CpuSet = "1" }, Cancel);
        Assert.Equal("1", await CpusAsync(instance));
    }

    private static async Task RefusesCommandsUntilProcessesEndAsync(Core.Instances.IRunningInstance instance)
    {
        var refusals = 0;
        for (var deadline = DateTime.UtcNow + Soon; ; refusals++)
        {
            try
            {
                Assert.Equal(0, (await RunAsync(instance, "true")).Code);
                break;
            }
            catch (Core.BerthException e) when (e.Kind == Core.ErrorKind.Conflict && DateTime.UtcNow < deadline)
            {
                Assert.Contains("limits.processes", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.NotEqual(0, refusals);
    }

    [Fact]
    public async Task CpuTimeIsCapped()
    {
        var instance = await StartReadyAsync(Host.Spec(limits: new Limits { CpuQuota = (10_000, 100_000) }));
        var before = (await instance.GetUsageAsync(Cancel)).CpuNanoseconds;
        await RunAsync(instance, "timeout", "1", "sh", "-c", "while :; do :; done");
        var used = (await instance.GetUsageAsync(Cancel)).CpuNanoseconds - before;
        Assert.InRange(used, 1_000_000, 300_000_000);
    }

    [Fact]
    public async Task UsageTellsOfTheNetwork()
    {
        var spec = Host.Spec();
        var instance = await StartReadyAsync(spec);
        Assert.Equal(0, (await RunAsync(instance, "sh", "-c", "ip addr add 10.99.0.2/24 dev eth0 && ping -c 1 -W 1 127.0.0.1")).Code);
        var usage = await instance.GetUsageAsync(Cancel);
        var eth = usage.Interfaces.Single(i => i.Name == "eth0");
        Assert.Equal((spec.Nics[0].Mac, spec.Nics[0].HostName, true), (eth.Mac, eth.HostName, eth.Up));
        Assert.Contains(eth.Addresses, a => a is { Family: "inet", Address: "10.99.0.2", PrefixLength: 24, Scope: "global" });
        Assert.True(usage.Interfaces.Single(i => i.Loopback).BytesSent > 0);
        Assert.InRange(usage.Processes!.Value, 2, 20);
        Assert.InRange(usage.MemoryUsed, 1, 100 * MiB);
    }

    private static async Task<string> CpusAsync(Core.Instances.IRunningInstance instance) =>
        (await RunAsync(instance, "sh", "-c", "grep Cpus_allowed_list /proc/self/status | cut -f2")).Stdout.Trim();
}
