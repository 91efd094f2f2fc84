using System.Globalization;
using Berth.Api;

namespace Berth.Daemon.Host;

/// <summary>The system as its firmware describes it (DMI), and its load.</summary>
internal sealed class SystemReader(HostFiles files)
{
    private const string Dmi = "/sys/class/dmi/id";

    public ResourcesSystem Read() => new()
    {
        Uuid = Text("product_uuid"),
        Vendor = Text("sys_vendor"),
        Product = Text("product_name"),
        Family = Text("product_family"),
        Version = Text("product_version"),
        Sku = Text("product_sku"),
        Serial = Text("product_serial"),
        Type = IsContainer ? "container" : IsVirtual ? "virtual-machine" : "physical",
        Firmware = Has("bios_") ? new() { Vendor = Text("bios_vendor"), Version = Text("bios_version"), Date = Text("bios_date") } : null,
        Chassis = Has("chassis_")
            ? new() { Vendor = Text("chassis_vendor"), Version = Text("chassis_version"), Serial = Text("chassis_serial"), Type = ChassisType(files.Number($"{Dmi}/chassis_type")) }
            : null,
        Motherboard = Has("board_")
            ? new() { Vendor = Text("board_vendor"), Version = Text("board_version"), Serial = Text("board_serial"), Product = Text("board_name") }
            : null,
    };

    public ResourcesLoad Load()
    {
        // "0.52 0.58 0.59 2/1123 4711": averages over 1, 5 and 15 minutes, runnable of all tasks, the last process id.
        var words = (files.Text("/proc/loadavg") ?? "").Split(' ');
        return new()
        {
            Average1Min = Number(words, 0),
            Average5Min = Number(words, 1),
            Average10Min = Number(words, 2),
            Processes = words.Length > 3 && int.TryParse(words[3].Split('/')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var tasks) ? tasks : 0,
        };
    }

    /// <summary>The kernel's word for it: a processor that says so runs under a hypervisor.</summary>
    private bool IsVirtual => files.Exists("/sys/hypervisor/type") || files.Pairs("/proc/cpuinfo").Any(p => p.Key == "flags" && p.Value.Split(' ').Contains("hypervisor"));

    private bool IsContainer => files.Exists("/run/systemd/container");

    private static double Number(string[] words, int at) =>
        at < words.Length && double.TryParse(words[at], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private bool Has(string prefix) => files.List(Dmi).Any(n => n.StartsWith(prefix, StringComparison.Ordinal));

    private string Text(string name) => files.Text($"{Dmi}/{name}") ?? "";

    /// <summary>Names of the SMBIOS specification, section 7.4.1, in Incus' spelling.</summary>
    private static string ChassisType(ulong? type) => type switch
    {
        3 => "desktop",
        4 => "low profile desktop",
        6 => "mini tower",
        7 => "tower",
        8 => "portable",
        9 => "laptop",
        10 => "notebook",
        13 => "all in one",
        14 => "sub notebook",
        17 => "main server chassis",
        23 => "rack mount chassis",
        28 => "blade",
        29 => "blade enclosure",
        30 => "tablet",
        35 => "mini pc",
        36 => "stick pc",
        _ => "other",
    };
}
