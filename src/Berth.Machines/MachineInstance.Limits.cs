using System.Text.Json;
using Berth.Core;
using Berth.Core.Resources;
using Berth.Linux;
using Berth.Linux.Processes;
using Berth.Machines.Qmp;

namespace Berth.Machines;

public sealed partial class MachineInstance
{
    /// <inheritdoc/>
    public async Task ApplyLimitsAsync(Limits limits, CancellationToken cancel)
    {
        if (MachineSizes.Cpus(limits) is var cpus && cpus != _cpus)
        {
            throw BerthException.Conflict($"Machine {_spec.Id} runs with {_cpus} CPUs and cannot change to {cpus} before it is stopped and started.");
        }
        if (MachineSizes.Memory(limits) is var memory && memory > _memory)
        {
            throw BerthException.Conflict(
                $"Machine {_spec.Id} was started with {_memory >> 20}MiB; running, it can be given less, and that again, but not {memory >> 20}MiB: stop and start it.");
        }
        try
        {
            MachineLimits.Apply(_cgroup, limits);
            OomScore.Apply(_cgroup, limits.OomPriority ?? 0);
            await Qmp.ExecuteAsync("balloon", json => json.WriteNumber("value", memory), QmpClient.DefaultTimeout, cancel);
            await GrowRootAsync(limits.RootSize, cancel);
        }
        catch (QmpException e)
        {
            throw e.ConnectionLost ? NotRunning() : BerthException.Conflict($"Machine {_spec.Id}: QEMU refused the new limits: {e.Message}");
        }
        catch (LinuxException e)
        {
            throw BerthException.Conflict($"Machine {_spec.Id}: the kernel refused the new limits: {e.Message}");
        }
    }

    private async Task GrowRootAsync(long? size, CancellationToken cancel)
    {
        if (size is not { } wanted)
        {
            return;
        }
        var now = await RootSizeAsync(cancel);
        if (wanted > now)
        {
            var top = await TopNodeAsync(cancel);
            await Qmp.ExecuteAsync("block_resize", json => WriteResize(json, top, wanted), QmpClient.DefaultTimeout, cancel);
        }
        else if (wanted < now && wanted != _spec.Limits.RootSize)
        {
            throw BerthException.Conflict($"Machine {_spec.Id}: its root disk has {now} bytes and cannot shrink to {wanted}.");
        }
    }

    private async Task<long> RootSizeAsync(CancellationToken cancel)
    {
        var top = await TopNodeAsync(cancel);
        var nodes = await Qmp.ExecuteAsync("query-named-block-nodes", json => json.WriteBoolean("flat", true), QmpClient.DefaultTimeout, cancel);
        var root = nodes.EnumerateArray().First(node => node.GetProperty("node-name").GetString() == top);
        return root.GetProperty("image").GetProperty("virtual-size").GetInt64();
    }

    private static void WriteResize(Utf8JsonWriter json, string node, long size)
    {
        json.WriteString("node-name", node);
        json.WriteNumber("size", size);
    }
}
