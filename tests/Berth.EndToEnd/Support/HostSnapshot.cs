using System.Globalization;
using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Support;

/// <summary>
/// What the host holds for one daemon: mounts, cgroups in all hierarchies, links, nftables rules, processes, loop
/// devices, files. Two of them, before and after, show what was left over.
/// </summary>
internal sealed partial record HostSnapshot(IReadOnlyDictionary<string, IReadOnlyList<string>> Things)
{
    /// <summary>What the daemon may add to and remove from at any time: its database, its logs, its cache.</summary>
    private static readonly string[] _ownBusiness = ["berth.db", "logs", "cache", "berthd.log", "notify"];

    public static async Task<HostSnapshot> TakeAsync(Place place) => new(new Dictionary<string, IReadOnlyList<string>>
    {
        ["mounts"] = MountsOf(place),
        ["cgroups"] = CgroupsOf(place),
        ["links"] = await LinksAsync(place),
        ["nftables"] = await RulesAsync(place),
        ["processes"] = [.. ProcessesOf(place).Select(Describe).Where(d => !d.Contains("/berthd --state-dir", StringComparison.Ordinal))],
        ["loop devices"] = LoopDevicesOf(place),
        ["files"] = FilesOf(place),
    });

    /// <summary>Fails with every difference named, if there is one.</summary>
    public async Task AssertSameAsync(Place place)
    {
        var now = await TakeAsync(place);
        var differences = Things.SelectMany(kind => Differences(kind.Key, kind.Value, now.Things[kind.Key])).ToList();
        Assert.True(differences.Count == 0, $"left over, or gone, on the host:\n{string.Join('\n', differences)}\n\n{place.Log()}");
    }

    public static IReadOnlyList<string> MountsOf(Place place) =>
        [.. File.ReadLines("/proc/self/mountinfo").Select(l => l.Split(' ')[4]).Where(m => m.StartsWith(place.Root + "/", StringComparison.Ordinal))];

    public static IReadOnlyList<string> CgroupsOf(Place place) =>
        [.. Host.CgroupMounts.Select(m => Path.Combine(m, "berth-" + place.Tag)).Where(Directory.Exists).SelectMany(WithDescendants).Order(StringComparer.Ordinal)];

    /// <summary>Processes that name the daemon's directories in their command line, or that live in its cgroups.</summary>
    public static IReadOnlyList<int> ProcessesOf(Place place) =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(n => char.IsAsciiDigit(n![0]))
            .Where(n => Belongs(place, n!)).Select(n => int.Parse(n!, CultureInfo.InvariantCulture)).Order()];

    public static IReadOnlyList<string> LoopDevicesOf(Place place) =>
        [.. Directory.EnumerateDirectories("/sys/block", "loop*")
            .Where(d => Read(Path.Combine(d, "loop/backing_file")).StartsWith(place.Root + "/", StringComparison.Ordinal))
            .Select(d => "/dev/" + Path.GetFileName(d))];

    private static IEnumerable<string> Differences(string kind, IReadOnlyList<string> before, IReadOnlyList<string> after) =>
        after.Except(before).Select(t => $"  {kind}: + {t}").Concat(before.Except(after).Select(t => $"  {kind}: - {t}"));

    private static IEnumerable<string> WithDescendants(string directory) =>
        Directory.EnumerateDirectories(directory, "*", SearchOption.AllDirectories).Prepend(directory);

    /// <summary>The daemon's bridge, what is plugged into it, and interfaces of instances that are plugged into nothing.</summary>
    private static async Task<IReadOnlyList<string>> LinksAsync(Place place) =>
        [.. (await Host.RunAsync("ip", "-o", "link")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => l.Contains(place.Bridge, StringComparison.Ordinal) || (Stray().IsMatch(l) && !l.Contains(" master ", StringComparison.Ordinal)))
            .Select(l => l.Split(' ')[1]).Order(StringComparer.Ordinal)];

    private static async Task<IReadOnlyList<string>> RulesAsync(Place place)
    {
        var rules = await Host.TryAsync("nft", "--stateless", "list", "table", "inet", "berth_" + place.Tag);
        return [.. Counters().Replace(rules.Text, "").Split('\n')];
    }

    /// <summary>A zombie holds nothing but its pid, until the host's init gets round to it.</summary>
    private static bool Belongs(Place place, string pid) =>
        (Read($"/proc/{pid}/cmdline").Contains(place.Root + "/", StringComparison.Ordinal) ||
            Read($"/proc/{pid}/cgroup").Contains($"berth-{place.Tag}/", StringComparison.Ordinal)) &&
        !Read($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static string Describe(int pid) => $"{pid} {Read($"/proc/{pid}/cmdline").Replace('\0', ' ')}";

    private static List<string> FilesOf(Place place) =>
        [.. Walk(place.StateDirectory, 4).Concat(Walk(place.RuntimeDirectory, 4))
            .Where(f => !_ownBusiness.Any(o => f.Contains("/" + o, StringComparison.Ordinal))).Order(StringComparer.Ordinal)];

    /// <summary>Names to a depth: deep enough for every object's directory, too shallow for the insides of a root.</summary>
    private static IEnumerable<string> Walk(string directory, int depth) =>
        !Directory.Exists(directory) ? [] : Directory.EnumerateFileSystemEntries(directory, "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = depth,
            AttributesToSkip = 0,
            IgnoreInaccessible = true,
        });

    /// <summary>A process or device that is gone in the meantime reads as empty.</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex("^[0-9]+: (veth|tap)[0-9a-f]{8}[@:]")]
    private static partial Regex Stray();

    [GeneratedRegex("counter packets [0-9]+ bytes [0-9]+|# handle [0-9]+")]
    private static partial Regex Counters();
}
