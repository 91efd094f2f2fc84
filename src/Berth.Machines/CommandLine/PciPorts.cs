using System.Globalization;
using System.Text.Json;

namespace Berth.Machines.CommandLine;

/// <summary>
/// PCIe ports, one for each device that can be plugged in and taken out. There is always the same number of them, so that what the
/// guest calls a card after (the number of its bus) does not change when others come and go.
/// </summary>
internal static class PciPorts
{
    /// <summary>Ports for disks: buses 1 to 4. The first network card is on bus 5 then, as in Incus' machines: <c>enp5s0</c>.</summary>
    public const int Disks = 4;

    public const int Nics = 8;

    private const int FirstSlot = 0x10;
    private const int Functions = 8;

    public static string Disk(int index) => "disk-port" + Text(index);

    public static string Nic(int index) => "nic-port" + Text(index);

    public static IEnumerable<string> Arguments() =>
        Enumerable.Range(0, Disks).Select(Disk).Concat(Enumerable.Range(0, Nics).Select(Nic)).SelectMany((id, i) => (string[])
        [
            "-device",
            $"pcie-root-port,id={id},chassis={Text(i + 1)},multifunction=on,addr=0x{(FirstSlot + (i / Functions)).ToString("x", CultureInfo.InvariantCulture)}.{Text(i % Functions)}",
        ]);

    /// <summary>The first of some ports that has nothing in it; null: all are taken.</summary>
    /// <param name="buses">The answer to <c>query-pci</c>.</param>
    public static string? Free(JsonElement buses, IEnumerable<string> ports)
    {
        var taken = buses.EnumerateArray()
            .SelectMany(bus => bus.GetProperty("devices").EnumerateArray())
            .Where(device => device.TryGetProperty("pci_bridge", out var bridge) && bridge.TryGetProperty("devices", out var below) && below.GetArrayLength() > 0)
            .Select(device => device.GetProperty("qdev_id").GetString())
            .ToHashSet();
        return ports.FirstOrDefault(port => !taken.Contains(port));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
