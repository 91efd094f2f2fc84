using System.Globalization;
using Berth.Api;

namespace Berth.Daemon.Host;

/// <summary>Memory from /proc/meminfo and /sys/devices/system/node.</summary>
internal sealed class MemoryReader(HostFiles files)
{
    private const string Nodes = "/sys/devices/system/node";

    public ResourcesMemory Read()
    {
        var info = Read("/proc/meminfo", "");
        var page = info.GetValueOrDefault("Hugepagesize");
        var nodes = files.List(Nodes)
            .Where(n => n.StartsWith("node", StringComparison.Ordinal) && n.Skip(4).All(char.IsAsciiDigit) && n.Length > 4)
            .Select(n => Node(n, page))
            .ToList();
        return new()
        {
            Total = info.GetValueOrDefault("MemTotal"),

            // What is cached can be had back at once: it is not in use.
            Used = Used(info),
            HugepagesSize = page,
            HugepagesTotal = info.GetValueOrDefault("HugePages_Total") * page,
            HugepagesUsed = (info.GetValueOrDefault("HugePages_Total") - info.GetValueOrDefault("HugePages_Free")) * page,
            Nodes = nodes.Count > 0 ? nodes : null,
        };
    }

    private ResourcesMemoryNode Node(string name, ulong page)
    {
        var info = Read($"{Nodes}/{name}/meminfo", $"Node {name[4..]} ");
        return new()
        {
            NumaNode = ulong.Parse(name[4..], CultureInfo.InvariantCulture),
            Total = info.GetValueOrDefault("MemTotal"),
            Used = info.GetValueOrDefault("MemUsed"),
            HugepagesTotal = info.GetValueOrDefault("HugePages_Total") * page,
            HugepagesUsed = (info.GetValueOrDefault("HugePages_Total") - info.GetValueOrDefault("HugePages_Free")) * page,
        };
    }

    private static ulong Used(Dictionary<string, ulong> info)
    {
        var available = info.TryGetValue("MemAvailable", out var said)
            ? said
            : info.GetValueOrDefault("MemFree") + info.GetValueOrDefault("Buffers") + info.GetValueOrDefault("Cached");
        return info.GetValueOrDefault("MemTotal") - Math.Min(available, info.GetValueOrDefault("MemTotal"));
    }

    /// <summary>Numbers by name; those that the kernel gives in kB are bytes here.</summary>
    private Dictionary<string, ulong> Read(string path, string prefix)
    {
        var numbers = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var (key, value) in files.Pairs(path))
        {
            var words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && ulong.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                numbers[key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : key] = words is [_, "kB"] ? number << 10 : number;
            }
        }

        return numbers;
    }
}
