using Berth.Core;
using Berth.Core.Operations;
using Berth.Core.Storage;
using Berth.Core.Warnings;

namespace Berth.Daemon.Metrics;

/// <summary>The figures of the daemon itself.</summary>
internal sealed class ServerMetrics(OperationRegistry operations, WarningService warnings, PoolService pools, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    public void Write(MetricWriter metrics)
    {
        metrics.Gauge("incus_operations_total", "Operations under way.", "", operations.All.Count(o => !o.View.IsFinal));
        metrics.Gauge("incus_warnings_total", "Warnings that nobody has seen to.", "", warnings.List().Count(w => w.Status == WarningStatus.New));
        metrics.Gauge("incus_uptime_seconds", "How long the daemon runs, in seconds.", "", Math.Floor(time.GetElapsedTime(_started).TotalSeconds));
        foreach (var pool in pools.Open)
        {
            try
            {
                var space = pool.GetSpace();
                var labels = MetricWriter.Labels(("pool", pool.Record.Name), ("driver", pool.Record.Driver));
                metrics.Gauge("incus_storage_pool_size_bytes", "Size of the storage pool in bytes.", labels, space.TotalBytes);
                metrics.Gauge("incus_storage_pool_used_bytes", "Bytes used in the storage pool.", labels, space.UsedBytes);
            }
            catch (Exception e) when (e is BerthException or IOException)
            {
                // A pool whose disk is gone has no figures; the warnings tell.
            }
        }
    }
}
