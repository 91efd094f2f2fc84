using System.Globalization;
using Berth.Core.Instances;

namespace Berth.Daemon.Metrics;

/// <summary>What the kernel counts of an instance: CPU time by mode, what its memory holds, traffic with disks.</summary>
internal static class InstanceFigureMetrics
{
    /// <summary>Part of the metric's name, its description, and the entries of memory.stat that it is the sum of.</summary>
    private static readonly (string Name, string Help, string[] Entries)[] Memory =
    [
        ("Active", "Memory in recent use, in bytes.", ["active_anon", "active_file"]),
        ("Active_anon", "Anonymous memory in recent use, in bytes.", ["active_anon"]),
        ("Active_file", "File-backed memory in recent use, in bytes.", ["active_file"]),
        ("Cached", "Page cache, in bytes.", ["file"]),
        ("Dirty", "Memory that waits to be written to disk, in bytes.", ["file_dirty"]),
        ("Inactive", "Memory that was not used lately, in bytes.", ["inactive_anon", "inactive_file"]),
        ("Inactive_anon", "Anonymous memory that was not used lately, in bytes.", ["inactive_anon"]),
        ("Inactive_file", "File-backed memory that was not used lately, in bytes.", ["inactive_file"]),
        ("Mapped", "Mapped files, in bytes.", ["file_mapped"]),
        ("RSS", "Anonymous memory, in bytes.", ["anon"]),
        ("Shmem", "Shared memory and tmpfs, in bytes.", ["shmem"]),
        ("Unevictable", "Memory that cannot be reclaimed, in bytes.", ["unevictable"]),
        ("Writeback", "Memory that is being written to disk, in bytes.", ["file_writeback"]),
    ];

    public static void Write(MetricWriter metrics, (string, string)[] who, InstanceFigures figures)
    {
        foreach (var cpu in figures.Cpu)
        {
            var number = cpu.Cpu.ToString(CultureInfo.InvariantCulture);
            metrics.Counter("incus_cpu_seconds_total", "CPU time used, in seconds.", MetricWriter.Labels([("cpu", number), ("mode", "system"), .. who]), cpu.System / 1e9);
            metrics.Counter("incus_cpu_seconds_total", "CPU time used, in seconds.", MetricWriter.Labels([("cpu", number), ("mode", "user"), .. who]), cpu.User / 1e9);
        }

        var labels = MetricWriter.Labels(who);
        foreach (var (name, help, entries) in Memory.Where(m => m.Entries.All(figures.Memory.ContainsKey)))
        {
            metrics.Gauge($"incus_memory_{name}_bytes", help, labels, entries.Sum(e => figures.Memory[e]));
        }

        if (figures.OomKills is { } kills)
        {
            metrics.Counter("incus_memory_OOM_kills_total", "Processes that the out-of-memory killer took.", labels, kills);
        }

        foreach (var disk in figures.Disks)
        {
            var device = MetricWriter.Labels([("device", disk.Device), .. who]);
            metrics.Counter("incus_disk_read_bytes_total", "Bytes read from the disk.", device, disk.BytesRead);
            metrics.Counter("incus_disk_reads_completed_total", "Reads from the disk.", device, disk.Reads);
            metrics.Counter("incus_disk_written_bytes_total", "Bytes written to the disk.", device, disk.BytesWritten);
            metrics.Counter("incus_disk_writes_completed_total", "Writes to the disk.", device, disk.Writes);
        }
    }
}
