using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace Berth.Core.Devices.Proxies;

/// <summary>One end of a proxy: <c>tcp:ADDRESS:PORTS</c>, <c>udp:ADDRESS:PORTS</c>, <c>unix:/PATH</c> or <c>unix:@NAME</c>.</summary>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>unix</c>.</param>
/// <param name="Path">Of a unix socket; an abstract one begins with @.</param>
public sealed record ProxyAddress(string Protocol, IPAddress? Address, ImmutableArray<int> Ports, string Path)
{
    /// <summary>Of one device: each port is an open socket.</summary>
    public const int MostPorts = 1024;

    /// <summary>sun_path of unix(7), less its end.</summary>
    private const int LongestPath = 107;

    public bool IsUnix => Protocol == "unix";

    public bool IsAbstract => IsUnix && Path[0] == '@';

    /// <summary>Null and the reason, when it is none.</summary>
    public static (ProxyAddress? Address, string? Reason) Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return (colon < 0 ? "" : text[..colon]) switch
        {
            "unix" => ParseUnix(text[(colon + 1)..]),
            "tcp" or "udp" => ParseInternet(text[..colon], text[(colon + 1)..]),
            _ => (null, "give tcp:ADDRESS:PORT, udp:ADDRESS:PORT or unix:/PATH"),
        };
    }

    private static (ProxyAddress?, string?) ParseUnix(string path) =>
        path.Length < 2 || path[0] is not ('/' or '@') ? (null, "a unix socket has an absolute path, or @ and a name")
        : path[0] == '/' && DeviceValues.AbsolutePath(path) is { } reason ? (null, reason)
        : path[0] == '@' && System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath ? (null, $"the name of an abstract socket has at most {LongestPath - 1} bytes")
        : (new("unix", null, [], path), null);

    private static (ProxyAddress?, string?) ParseInternet(string protocol, string rest)
    {
        var colon = rest.LastIndexOf(':');
        if (colon < 0 || !IPAddress.TryParse(rest[..colon].TrimStart('[').TrimEnd(']'), out var address)
            || (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) != rest.StartsWith('['))
        {
            return (null, $"give an IP address and a port, for example {protocol}:127.0.0.1:80 or {protocol}:[::1]:80");
        }

        var ports = ImmutableArray.CreateBuilder<int>();
        foreach (var part in rest[(colon + 1)..].Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryPort(ends[0], out var first) || !TryPort(ends[^1], out var last) || last < first)
            {
                return (null, $"\"{part}\" is no port from 1 to 65535, and no range of them");
            }

            if (ports.Count + last - first >= MostPorts)
            {
                return (null, $"there can be at most {MostPorts} ports in one device");
            }

            ports.AddRange(Enumerable.Range(first, last - first + 1));
        }

        return ports.Distinct().Count() == ports.Count ? (new(protocol, address, ports.ToImmutable(), ""), null) : (null, "a port is given twice");
    }

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;
}
