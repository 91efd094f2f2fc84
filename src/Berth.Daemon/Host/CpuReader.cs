using System.Globalization;
using System.Runtime.InteropServices;
using Berth.Api;
using Berth.Core.Resources;

namespace Berth.Daemon.Host;

/// <summary>Processors from /sys/devices/system/cpu and /proc/cpuinfo.</summary>
internal sealed class CpuReader(HostFiles files)
{
    private const string Root = "/sys/devices/system/cpu";

    public ResourcesCpu Read()
    {
        var infos = Infos();
        var isolated = CpuNumbers(files.Text($"{Root}/isolated"));
        var threads = files.List(Root)
            .Where(n => n.StartsWith("cpu", StringComparison.Ordinal) && int.TryParse(n.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(n => Thread(n, infos, isolated))
            .OfType<Found>()
            .ToList();
        var sockets = threads.GroupBy(t => t.Socket).OrderBy(g => g.Key).Select(g => Socket(g.Key, [.. g])).ToList();
        return new()
        {
            Architecture = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "x86_64" : "aarch64",
            Sockets = sockets,
            Total = (ulong)threads.Count,
        };
    }

    private static HashSet<int> CpuNumbers(string? list) => string.IsNullOrEmpty(list) ? [] : [.. CpuList.TryParse(list) ?? []];

    /// <summary>/proc/cpuinfo by processor number.</summary>
    private Dictionary<long, Dictionary<string, string>> Infos()
    {
        var infos = new Dictionary<long, Dictionary<string, string>>();
        Dictionary<string, string>? present = null;
        foreach (var (key, value) in files.Pairs("/proc/cpuinfo"))
        {
            if (key == "processor" && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                present = infos[id] = new(StringComparer.Ordinal);
            }

            present?.TryAdd(key, value);
        }

        return infos;
    }

    private Found? Thread(string name, Dictionary<long, Dictionary<string, string>> infos, HashSet<int> isolated)
    {
        var directory = $"{Root}/{name}";
        var id = int.Parse(name.AsSpan(3), CultureInfo.InvariantCulture);
        var info = infos.GetValueOrDefault(id) ?? [];

        // An offline processor has no topology.
        var socket = files.Number($"{directory}/topology/physical_package_id") ?? 0;
        var core = files.Number($"{directory}/topology/core_id") ?? (ulong)id;
        var die = files.Number($"{directory}/topology/die_id") ?? 0;
        var node = files.List(directory).Where(n => n.StartsWith("node", StringComparison.Ordinal)).Select(n => Digits(n[4..])).FirstOrDefault();
        return new(
            directory,
            socket,
            (die, core),
            files.Number($"{directory}/topology/cluster_id") is { } cluster && cluster < ushort.MaxValue ? cluster : 0,
            info,
            new()
            {
                Id = id,
                NumaNode = node,
                Online = files.Number($"{directory}/online") is not 0,
                Isolated = isolated.Contains(id),
            });
    }

    private static ulong Digits(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private ResourcesCpuSocket Socket(ulong number, List<Found> threads)
    {
        var first = threads[0];
        var cores = threads.GroupBy(t => t.Core).OrderBy(g => g.Key).Select(g => Core(g.Key, [.. g])).ToList();
        return new()
        {
            Socket = number,
            Name = first.Info.GetValueOrDefault("model name"),
            Vendor = first.Info.GetValueOrDefault("vendor_id"),
            AddressSizes = AddressSizes(first.Info.GetValueOrDefault("address sizes", "")),
            Cache = Caches(first.Directory),
            Cores = cores,
            Frequency = Average([.. cores.Select(c => c.Frequency).Where(f => f > 0)]),
            FrequencyMinimum = Megahertz($"{first.Directory}/cpufreq/cpuinfo_min_freq"),
            FrequencyTurbo = Megahertz($"{first.Directory}/cpufreq/cpuinfo_max_freq"),
        };
    }

    private ResourcesCpuCore Core((ulong Die, ulong Core) id, List<Found> threads)
    {
        var first = threads[0];
        var clock = first.Info.GetValueOrDefault("cpu MHz", "");
        return new()
        {
            Core = id.Core,
            Die = id.Die,
            Cluster = first.Cluster,
            Flags = (first.Info.GetValueOrDefault("flags") ?? first.Info.GetValueOrDefault("Features") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Frequency = Megahertz($"{first.Directory}/cpufreq/scaling_cur_freq") is > 0 and var present
                ? present
                : double.TryParse(clock, NumberStyles.Float, CultureInfo.InvariantCulture, out var mhz) && mhz is > 0 and < 1e6 ? (ulong)mhz : 0,
            Threads = [.. threads.Select((t, i) => t.Thread with { Thread = (ulong)i })],
        };
    }

    private List<ResourcesCpuCache> Caches(string cpu) =>
        [.. files.List($"{cpu}/cache").Where(n => n.StartsWith("index", StringComparison.Ordinal)).Select(n => $"{cpu}/cache/{n}").Select(c => new ResourcesCpuCache
        {
            Level = files.Number($"{c}/level") ?? 0,
            Type = files.Text($"{c}/type") ?? "",
            Size = Bytes(files.Text($"{c}/size") ?? ""),
        })];

    private static ulong Bytes(string size) => size switch
    {
        [.. var digits, 'K'] => Digits(digits) << 10,
        [.. var digits, 'M'] => Digits(digits) << 20,
        _ => Digits(size),
    };

    /// <summary>"46 bits physical, 48 bits virtual".</summary>
    private static ResourcesCpuAddressSizes? AddressSizes(string text)
    {
        var words = text.Split(' ');
        return words is [var physical, "bits", "physical,", var virtuals, "bits", "virtual"]
            ? new() { PhysicalBits = Digits(physical), VirtualBits = Digits(virtuals) }
            : null;
    }

    private ulong Megahertz(string path) => (files.Number(path) ?? 0) / 1000;

    private static ulong Average(ulong[] values) => values.Length == 0 ? 0 : values.Aggregate(0UL, (a, b) => a + b) / (ulong)values.Length;

    private sealed record Found(
        string Directory, ulong Socket, (ulong Die, ulong Core) Core, ulong Cluster, Dictionary<string, string> Info, ResourcesCpuThread Thread);
}
