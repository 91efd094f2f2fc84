using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Berth.Guest.Messages;

namespace Berth.Agent;

/// <summary>Reads what the guest knows of itself.</summary>
internal static class State
{
    public static GuestState Read()
    {
        var os = KeyValues("/etc/os-release", '=');
        var memory = KeyValues("/proc/meminfo", ':');
        var load = Text("/proc/loadavg").Split(' ');
        var root = new DriveInfo("/");
        return new GuestState
        {
            Hostname = Text("/proc/sys/kernel/hostname"),
            OsName = os.GetValueOrDefault("NAME", ""),
            OsVersion = os.GetValueOrDefault("VERSION_ID", ""),
            KernelVersion = Text("/proc/sys/kernel/osrelease"),
            BootTimeUnixSeconds = BootTime(),
            LoadAverage1 = Decimal(load, 0),
            LoadAverage5 = Decimal(load, 1),
            LoadAverage15 = Decimal(load, 2),
            Processes = Directory.EnumerateDirectories("/proc").Count(path => char.IsAsciiDigit(path["/proc/".Length])),
            MemoryTotal = Kilobytes(memory, "MemTotal"),
            MemoryUsed = Kilobytes(memory, "MemTotal") - Kilobytes(memory, "MemAvailable"),
            SwapTotal = Kilobytes(memory, "SwapTotal"),
            SwapUsed = Kilobytes(memory, "SwapTotal") - Kilobytes(memory, "SwapFree"),
            RootTotal = root.TotalSize,
            RootUsed = root.TotalSize - root.TotalFreeSpace,
            Interfaces = [.. NetworkInterface.GetAllNetworkInterfaces().Select(Interface)],
        };
    }

    private static GuestInterface Interface(NetworkInterface nic)
    {
        string Sys(string file) => Text($"/sys/class/net/{nic.Name}/{file}");
        long Count(string counter) => long.TryParse(Sys("statistics/" + counter), CultureInfo.InvariantCulture, out var n) ? n : 0;
        return new GuestInterface
        {
            Name = nic.Name,
            Mac = Sys("address"),
            Mtu = int.TryParse(Sys("mtu"), CultureInfo.InvariantCulture, out var mtu) ? mtu : 0,
            Up = (Flags(Sys("flags")) & 1) != 0,
            Loopback = nic.NetworkInterfaceType == NetworkInterfaceType.Loopback,
            BytesReceived = Count("rx_bytes"),
            BytesSent = Count("tx_bytes"),
            PacketsReceived = Count("rx_packets"),
            PacketsSent = Count("tx_packets"),
            ErrorsReceived = Count("rx_errors"),
            ErrorsSent = Count("tx_errors"),
            DropsInbound = Count("rx_dropped"),
            DropsOutbound = Count("tx_dropped"),
            Addresses = [.. nic.GetIPProperties().UnicastAddresses.Select(Address)],
        };
    }

    private static GuestAddress Address(UnicastIPAddressInformation unicast)
    {
        var address = unicast.Address;
        var scope = System.Net.IPAddress.IsLoopback(address) ? "local" : address.IsIPv6LinkLocal || IsIPv4LinkLocal(address) ? "link" : "global";
        var family = address.AddressFamily == AddressFamily.InterNetworkV6 ? "inet6" : "inet";
        return new GuestAddress(family, new System.Net.IPAddress(address.GetAddressBytes()).ToString(), unicast.PrefixLength, scope);
    }

    private static bool IsIPv4LinkLocal(System.Net.IPAddress address) => address.GetAddressBytes() is [169, 254, _, _];

    private static int Flags(string text) =>
        int.TryParse(text.AsSpan(Math.Min(2, text.Length)), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var flags) ? flags : 0;

    private static long BootTime()
    {
        var line = File.ReadLines("/proc/stat").FirstOrDefault(text => text.StartsWith("btime ", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line["btime ".Length..], CultureInfo.InvariantCulture);
    }

    private static double Decimal(string[] fields, int index) =>
        index < fields.Length && double.TryParse(fields[index], CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static long Kilobytes(Dictionary<string, string> values, string key) =>
        long.TryParse(values.GetValueOrDefault(key, "").Split(' ')[0], CultureInfo.InvariantCulture, out var n) ? n * 1024 : 0;

    private static Dictionary<string, string> KeyValues(string path, char separator) =>
        File.Exists(path)
            ? File.ReadLines(path).Select(line => line.Split(separator, 2)).Where(pair => pair.Length == 2)
                .DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1].Trim().Trim('"', '\''))
            : [];

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An interface may vanish while it is read, and some attributes refuse to be read while it is down.
            return "";
        }
    }
}
