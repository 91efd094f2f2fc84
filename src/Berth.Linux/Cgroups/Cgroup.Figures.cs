using System.Globalization;

namespace Berth.Linux.Cgroups;

/// <summary>CPU time by mode, in ns.</summary>
/// <param name="Cpu">Number of the CPU; v2 has no figures per CPU and says all as those of CPU 0.</param>
public readonly record struct CpuTimes(int Cpu, long User, long System);

/// <summary>What a group has read from and written to a block device since the group was made.</summary>
/// <param name="Device">The kernel's name of the device, such as <c>sda</c>; major and minor number where it has gone.</param>
public sealed record BlockTraffic(string Device, long BytesRead, long BytesWritten, long Reads, long Writes);

public sealed partial class Cgroup
{
    /// <summary>CPU time by CPU (v1) and mode.</summary>
    public IReadOnlyList<CpuTimes> CpuTimes()
    {
        if (DirectoryOf("cpuacct") is { } v1)
        {
            return [.. CgroupFile.ReadLines($"{v1}/cpuacct.usage_all").Skip(1).Select(l => l.Split(' '))
                .Where(w => w.Length == 3).Select(w => new CpuTimes((int)Number(w[0]), Number(w[1]), Number(w[2])))];
        }

        var stat = CgroupFile.ReadAllKeyed($"{NeedUnified}/cpu.stat");
        return [new(0, 1000 * stat.GetValueOrDefault("user_usec"), 1000 * stat.GetValueOrDefault("system_usec"))];
    }

    /// <summary>
    /// What the memory is used for, in bytes, groups below included, by the kernel's names of v2 (cgroup-v2.rst, memory.stat); v1's are
    /// translated.
    /// </summary>
    public IReadOnlyDictionary<string, long> MemoryStat()
    {
        var (directory, v2) = Need("memory");
        var stat = CgroupFile.ReadAllKeyed($"{directory}/memory.stat");
        return v2
            ? stat
            : stat.Where(s => s.Key.StartsWith("total_", StringComparison.Ordinal)).ToDictionary(
                s => s.Key["total_".Length..] switch
                {
                    "cache" => "file",
                    "rss" => "anon",
                    "mapped_file" => "file_mapped",
                    "dirty" => "file_dirty",
                    "writeback" => "file_writeback",
                    var name => name,
                },
                s => s.Value,
                StringComparer.Ordinal);
    }

    /// <summary>Traffic with block devices; empty where the kernel does not account for it.</summary>
    public IReadOnlyList<BlockTraffic> BlockTraffic() =>
        [.. ReadTraffic().Where(t => t.Value.Any(v => v != 0)).Select(t => new BlockTraffic(DeviceName(t.Key), t.Value[0], t.Value[1], t.Value[2], t.Value[3]))
            .OrderBy(t => t.Device, StringComparer.Ordinal)];

    /// <summary>By major and minor number: bytes read, bytes written, reads, writes.</summary>
    private Dictionary<string, long[]> ReadTraffic()
    {
        var traffic = new Dictionary<string, long[]>(StringComparer.Ordinal);
        void Add(string device, int what, string number)
        {
            if (!traffic.TryGetValue(device, out var row))
            {
                traffic[device] = row = new long[4];
            }

            row[what] = Number(number);
        }

        if (DirectoryOf("blkio") is { } v1)
        {
            foreach (var (file, first) in new[] { ("blkio.throttle.io_service_bytes_recursive", 0), ("blkio.throttle.io_serviced_recursive", 2) })
            {
                foreach (var words in CgroupFile.ReadLines($"{v1}/{file}").Select(l => l.Split(' ')).Where(w => w is [_, "Read" or "Write", _]))
                {
                    Add(words[0], first + (words[1] == "Write" ? 1 : 0), words[2]);
                }
            }
        }
        else if (DirectoryOf("io") is { } v2)
        {
            string[] names = ["rbytes", "wbytes", "rios", "wios"];
            foreach (var words in CgroupFile.ReadLines($"{v2}/io.stat").Select(l => l.Split(' ')))
            {
                foreach (var pair in words.Skip(1).Select(w => w.Split('=')))
                {
                    if (Array.IndexOf(names, pair[0]) is >= 0 and var what && pair.Length == 2)
                    {
                        Add(words[0], what, pair[1]);
                    }
                }
            }
        }

        return traffic;
    }

    private static string DeviceName(string numbers) =>
        Directory.ResolveLinkTarget("/sys/dev/block/" + numbers, returnFinalTarget: false) is { } target ? System.IO.Path.GetFileName(target.FullName) : numbers;

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
