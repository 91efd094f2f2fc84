using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Resources;
using Berth.Daemon.Endpoints;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Metrics;

/// <summary>The figures of running instances, under the names that dashboards for Incus use.</summary>
internal sealed class InstanceMetrics(InstanceStates states, ProfileService profiles, TimeProvider time)
{
    /// <summary>Reads all at once, each with a deadline: one that hangs is missing, the others are there.</summary>
    public async Task WriteAsync(MetricWriter metrics, IEnumerable<Instance> instances, CancellationToken cancel)
    {
        var running = instances.Where(i => i.Running is not null).ToList();
        var read = await states.ReadAllAsync(running, cancel);
        foreach (var (instance, state, figures) in running.Zip(read, await FiguresAsync(running)))
        {
            var expanded = profiles.Expand(instance.Record);
            (string, string)[] who =
                [("name", instance.Id.Name), ("project", instance.Id.Project), ("type", InstanceMap.TypeName(instance.Record.Kind))];
            Write(metrics, who, state, RunSpecBuilder.LimitsOf(instance.Record, expanded));
            WriteNetwork(metrics, who, state);
            InstanceFigureMetrics.Write(metrics, who, figures);
            if (state.Disk.FirstOrDefault() is { Value: { Total: > 0 } disk } root)
            {
                var labels = MetricWriter.Labels([("device", root.Key), ("fstype", instance.Record.Kind == InstanceKind.Container ? "pool" : "disk"), ("mountpoint", "/"), .. who]);
                metrics.Gauge("incus_filesystem_size_bytes", "Size of the filesystem in bytes.", labels, disk.Total);
                metrics.Gauge("incus_filesystem_free_bytes", "Free bytes of the filesystem.", labels, Math.Max(0, disk.Total - disk.Usage));
                metrics.Gauge("incus_filesystem_avail_bytes", "Bytes of the filesystem that users can have.", labels, Math.Max(0, disk.Total - disk.Usage));
            }
        }
    }

    /// <summary>In their order; most of it is calls of the kernel, which all processors can make.</summary>
    private static async Task<InstanceFigures[]> FiguresAsync(List<Instance> instances)
    {
        var figures = new InstanceFigures[instances.Count];
        await Task.WhenAll(Spread.Over(instances.Count).Select(range => Task.Run(() =>
        {
            for (var i = range.First; i < range.End; i++)
            {
                figures[i] = instances[i].Running?.GetFigures() ?? InstanceFigures.None;
            }
        })));
        return figures;
    }

    private void Write(MetricWriter metrics, (string, string)[] who, Api.InstanceState state, Limits limits)
    {
        var labels = MetricWriter.Labels(who);
        metrics.Gauge("incus_boot_time_seconds", "When the instance was started, in seconds since 1970.", labels, state.StartedAt.ToUnixTimeSeconds());
        metrics.Gauge("incus_time_seconds", "The present time, in seconds since 1970.", labels, time.GetUtcNow().ToUnixTimeSeconds());
        metrics.Gauge("incus_cpu_effective_total", "CPUs that the instance can use.", labels, limits.CpuCount ?? HostCapacity.Present.Cpus);
        if (state.Memory.Total > 0)
        {
            metrics.Gauge("incus_memory_MemTotal_bytes", "Memory that the instance has, in bytes.", labels, state.Memory.Total);
            metrics.Gauge("incus_memory_MemAvailable_bytes", "Memory that the instance can still use, in bytes.", labels, Math.Max(0, state.Memory.Total - state.Memory.Usage));
            metrics.Gauge("incus_memory_MemFree_bytes", "Memory that is not in use, in bytes.", labels, Math.Max(0, state.Memory.Total - state.Memory.Usage));
        }

        metrics.Gauge("incus_memory_Swap_bytes", "Swap that the instance uses, in bytes.", labels, state.Memory.SwapUsage);
        if (state.Processes >= 0)
        {
            metrics.Gauge("incus_procs_total", "Processes in the instance.", labels, state.Processes);
        }
    }

    private static void WriteNetwork(MetricWriter metrics, (string, string)[] who, Api.InstanceState state)
    {
        foreach (var (name, network) in state.Network)
        {
            var labels = MetricWriter.Labels([("device", name), .. who]);
            var counters = network.Counters;
            metrics.Counter("incus_network_receive_bytes_total", "Bytes received.", labels, counters.BytesReceived);
            metrics.Counter("incus_network_receive_drop_total", "Packets dropped on receiving.", labels, counters.PacketsDroppedInbound);
            metrics.Counter("incus_network_receive_errs_total", "Errors on receiving.", labels, counters.ErrorsReceived);
            metrics.Counter("incus_network_receive_packets_total", "Packets received.", labels, counters.PacketsReceived);
            metrics.Counter("incus_network_transmit_bytes_total", "Bytes sent.", labels, counters.BytesSent);
            metrics.Counter("incus_network_transmit_drop_total", "Packets dropped on sending.", labels, counters.PacketsDroppedOutbound);
            metrics.Counter("incus_network_transmit_errs_total", "Errors on sending.", labels, counters.ErrorsSent);
            metrics.Counter("incus_network_transmit_packets_total", "Packets sent.", labels, counters.PacketsSent);
        }
    }
}
