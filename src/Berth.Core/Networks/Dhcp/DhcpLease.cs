using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Berth.Core.Networks.Dhcp;

/// <summary>A line of dnsmasq's lease file.</summary>
/// <param name="Mac">Null for DHCPv6: there the file has the IAID.</param>
/// <param name="ClientId">IPv4: client identifier, "*" without; IPv6: the client's DUID in hexadecimal.</param>
internal sealed record DhcpLease(DateTimeOffset Expires, string? Mac, IPAddress Address, string Hostname, string ClientId)
{
    public uint Iaid { get; init; }

    public bool IsTemporary { get; init; }

    public string ServerDuid { get; init; } = "";

    public bool IsIpv6 => Address.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>
    /// Reads a lease file: "EXPIRY MAC ADDRESS NAME CLIENT-ID" per IPv4 lease, then "duid SERVER", then
    /// "EXPIRY [T]IAID ADDRESS NAME DUID" per IPv6 lease. A line that is being written is skipped.
    /// </summary>
    /// <param name="patience">How long to wait for a file that is empty just now because it is being written.</param>
    public static IReadOnlyList<DhcpLease> Read(string path, TimeSpan patience)
    {
        var leases = new List<DhcpLease>();
        var duid = "";
        foreach (var line in Lines(path, patience))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields is ["duid", var server])
            {
                duid = server;
            }
            else if (fields.Length == 5 && Parse(fields, duid) is { } lease)
            {
                leases.Add(lease);
            }
        }

        return leases;
    }

    /// <summary>dnsmasq truncates the file before it writes it anew: one that became empty just now is looked at again when it changes.</summary>
    private static string[] Lines(string path, TimeSpan patience)
    {
        try
        {
            var lines = File.ReadAllLines(path);
            if (lines.Length > 0 || DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > patience)
            {
                return lines;
            }

            using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path));
            watcher.WaitForChanged(WatcherChangeTypes.Changed, patience);
            return File.ReadAllLines(path);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static DhcpLease? Parse(string[] fields, string duid)
    {
        if (!long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || !IPAddress.TryParse(fields[2], out var address))
        {
            return null;
        }

        // 0: for ever.
        var expires = seconds == 0 ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeSeconds(seconds);
        var hostname = fields[3] == "*" ? "" : fields[3];
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return new(expires, fields[1].ToLowerInvariant(), address, hostname, fields[4]);
        }

        var temporary = fields[1].StartsWith('T');
        return uint.TryParse(fields[1].TrimStart('T'), NumberStyles.None, CultureInfo.InvariantCulture, out var iaid)
            ? new(expires, MacOf(fields[4]), address, hostname, fields[4]) { Iaid = iaid, IsTemporary = temporary, ServerDuid = duid }
            : null;
    }

    /// <summary>The link-layer address that ends a DUID-LLT or DUID-LL of Ethernet (RFC 8415, 11.2 and 11.4).</summary>
    private static string? MacOf(string duid)
    {
        var bytes = duid.Split(':');
        return bytes switch
        {
            ["00", "01", "00", "01", _, _, _, _, .. { Length: 6 } mac] => string.Join(':', mac),
            ["00", "03", "00", "01", .. { Length: 6 } mac] => string.Join(':', mac),
            _ => null,
        };
    }
}
