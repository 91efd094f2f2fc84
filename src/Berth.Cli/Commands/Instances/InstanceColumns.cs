using System.Globalization;
using Berth.Api;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Instances;

/// <summary>The columns of <c>berth list</c>: letters, and configuration keys as <c>[config:|devices:]key[:name][:width]</c>.</summary>
internal static class InstanceColumns
{
    public const string Default = "ns46tS";
    public const string Fast = "nsacPt";

    private static readonly (Column<InstanceFull> Column, bool NeedsState)[] s_known =
    [
        (new('4', "IPV4", i => Addresses(i, "inet")), true),
        (new('6', "IPV6", i => Addresses(i, "inet6")), true),
        (new('a', "ARCHITECTURE", i => i.Architecture), false),
        (new('b', "STORAGE POOL", RootPool), false),
        (new('c', "CREATED AT", i => Sizes.Time(i.CreatedAt)), false),
        (new('d', "DESCRIPTION", i => i.Description), false),
        (new('D', "DISK USAGE", i => i.State?.Disk.TryGetValue("root", out var disk) == true && disk.Usage > 0 ? Sizes.Bytes(disk.Usage) : ""), true),
        (new('e', "PROJECT", i => i.Project), false),
        (new('f', "BASE IMAGE", i => Config(i, "volatile.base_image") is { Length: > 12 } image ? image[..12] : ""), false),
        (new('F', "BASE IMAGE", i => Config(i, "volatile.base_image")), false),
        (new('l', "LAST USED AT", i => Sizes.Time(i.LastUsedAt)), false),
        (new('L', "LOCATION", i => i.Location), false),
        (new('m', "MEMORY USAGE", i => i.State is { Memory.Usage: > 0 } s ? Sizes.Bytes(s.Memory.Usage) : ""), true),
        (new('M', "MEMORY USAGE%", MemoryShare), true),
        (new('n', "NAME", i => i.Name), false),
        (new('N', "PROCESSES", i => i.State is { Processes: >= 0 } s && IsUp(i) ? Number(s.Processes) : ""), true),
        (new('p', "PID", i => i.State is { Pid: > 0 } s ? Number(s.Pid) : ""), true),
        (new('P', "PROFILES", i => string.Join('\n', i.Profiles)), false),
        (new('s', "STATE", i => i.Status.ToUpperInvariant()), false),
        (new('S', "SNAPSHOTS", i => Number(i.Snapshots.Count)), true),
        (new('t', "TYPE", Type), false),
        (new('u', "CPU USAGE", i => i.State is { Cpu.Usage: > 0 } s ? Number(s.Cpu.Usage / 1_000_000_000) + "s" : ""), true),
        (new('U', "STARTED AT", i => i.State is { } s ? Sizes.Time(s.StartedAt) : ""), true),
    ];

    public static string Describe() =>
        string.Join('\n', s_known.Select(known => $"  {known.Column.Key}  {known.Column.Header.ToLowerInvariant()}")
            .Append("  [config:|devices:]KEY[:NAME][:WIDTH]  a configuration key, such as user.role:ROLE or devices:root.pool"));

    public static IReadOnlyList<(Column<InstanceFull> Column, bool NeedsState)> Choose(string letters)
    {
        var chosen = new List<(Column<InstanceFull>, bool)>();
        foreach (var part in letters.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Contains('.', StringComparison.Ordinal) || part.Contains(':', StringComparison.Ordinal))
            {
                chosen.Add((Custom(part), false));
                continue;
            }

            foreach (var column in Listing.Choose([.. s_known.Select(known => known.Column)], part))
            {
                chosen.Add((column, s_known.First(known => known.Column == column).NeedsState));
            }
        }

        return chosen.Count > 0 ? chosen : throw CliException.Usage("no column was chosen");
    }

    /// <summary>Addresses of a family with the interface that has them, loopback and link-local ones left out.</summary>
    internal static string Addresses(InstanceFull instance, string family)
    {
        if (!IsUp(instance) || instance.State is not { } state)
        {
            return "";
        }

        var lines = new List<string>();
        foreach (var (name, network) in state.Network.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            lines.AddRange(network.Addresses
                .Where(address => address.Family == family && address.Scope is not ("link" or "local"))
                .Select(address => $"{address.Address} ({name})"));
        }

        return string.Join('\n', lines);
    }

    private static Column<InstanceFull> Custom(string text)
    {
        var parts = text.Split(':').ToList();
        var device = parts[0] == "devices";
        if (parts[0] is "config" or "devices" && parts.Count > 1)
        {
            parts.RemoveAt(0);
        }

        var key = parts[0];
        var header = parts.Count > 1 && parts[1].Length > 0 ? parts[1] : key.ToUpperInvariant();
        var width = -1;
        if (parts.Count > 2 && !int.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out width))
        {
            throw CliException.Usage($"\"{parts[2]}\" in column {text} is no width");
        }

        width = width == 0 ? header.Length : width;
        return new Column<InstanceFull>('\0', header, i => Cut(device ? Device(i, key) : Config(i, key), width));
    }

    private static string Device(InstanceFull instance, string key)
    {
        var dot = key.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && instance.ExpandedDevices.TryGetValue(key[..dot], out var device) && device.TryGetValue(key[(dot + 1)..], out var value)
            ? value
            : "";
    }

    private static string Config(InstanceFull instance, string key) =>
        instance.ExpandedConfig.TryGetValue(key, out var value) || instance.Config.TryGetValue(key, out value) ? value : "";

    private static string RootPool(InstanceFull instance) =>
        instance.ExpandedDevices.Values.FirstOrDefault(d => d.GetValueOrDefault("type") == "disk" && d.GetValueOrDefault("path") == "/")
            ?.GetValueOrDefault("pool") ?? "";

    private static string MemoryShare(InstanceFull instance) =>
        instance.State is { Memory: { Usage: > 0, Total: > 0 } memory }
            ? (100.0 * memory.Usage / memory.Total).ToString("0.0", CultureInfo.InvariantCulture) + "%"
            : "";

    private static string Type(InstanceFull instance)
    {
        var type = instance.Type.ToUpperInvariant();
        return instance.Ephemeral ? type + " (EPHEMERAL)" : type;
    }

    private static bool IsUp(InstanceFull instance) => instance.StatusCode is StatusCode.Running or StatusCode.Frozen or StatusCode.Ready;

    private static string Cut(string text, int width) => width >= 0 && text.Length > width ? text[..width] : text;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
