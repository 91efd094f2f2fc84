using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Berth.Core;

namespace Berth.Daemon.Http;

/// <summary>
/// The value of <c>core.https_address</c>: an address or host name with or without a port (<c>:8443</c>, <c>10.0.0.1</c>,
/// <c>[::1]:9443</c>, <c>host:8443</c>). Without an address it is every address of the host.
/// </summary>
internal sealed record HttpsAddress(string Host, int Port)
{
    public const int DefaultPort = 8443;

    /// <summary>Null: it is no such value.</summary>
    public static HttpsAddress? TryParse(string text)
    {
        if (text.Length is 0 or > 255 || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '/' or '@'))
        {
            return null;
        }

        if (IPAddress.TryParse(text.Trim('[', ']'), out _) && (!text.StartsWith('[') || text.EndsWith(']')) && (text.StartsWith('[') || text.Count(c => c == ':') != 1))
        {
            return new(text.Trim('[', ']'), DefaultPort);
        }

        var colon = text.LastIndexOf(':');
        var (host, port) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        if (colon >= 0 && (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0))
        {
            return null;
        }

        host = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host.Contains(':', StringComparison.Ordinal) ? "?" : host;
        var valid = host.Length == 0 ? colon >= 0 : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;
        return valid ? new(host, colon < 0 ? DefaultPort : int.Parse(port, CultureInfo.InvariantCulture)) : null;
    }

    /// <summary>Why a value is not taken; null when it is.</summary>
    public static string? Check(string text) =>
        TryParse(text) is null ? "give an address and a port, for example :8443, 10.0.0.1:8443 or [::1]:8443" : null;

    /// <summary>Where to listen. A host name is looked up.</summary>
    /// <exception cref="BerthException">BadRequest: the host name has no address.</exception>
    public async Task<IPEndPoint> ResolveAsync(CancellationToken cancel)
    {
        if (Host.Length == 0)
        {
            return new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, Port);
        }

        if (IPAddress.TryParse(Host, out var address))
        {
            return new(address, Port);
        }

        try
        {
            return new((await Dns.GetHostAddressesAsync(Host, cancel))[0], Port);
        }
        catch (SocketException e)
        {
            throw BerthException.BadRequest($"core.https_address: the name {Host} has no address: {e.Message}");
        }
    }

    /// <summary>Addresses under which clients find the server: those of the host that are listened on, with the port.</summary>
    public IReadOnlyList<string> Reachable()
    {
        var everything = Host.Length == 0 || (IPAddress.TryParse(Host, out var one) && (one.Equals(IPAddress.Any) || one.Equals(IPAddress.IPv6Any)));
        if (!everything)
        {
            return [Format(Host)];
        }

        var onlyIPv4 = Host.Length > 0 && IPAddress.Parse(Host).AddressFamily == AddressFamily.InterNetwork;
        return
        [
            .. NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Select(a => a.Address)
                .Where(a => !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal && (!onlyIPv4 || a.AddressFamily == AddressFamily.InterNetwork))
                .Select(a => Format(a.ToString()))
                .Distinct(),
        ];
    }

    private string Format(string host) => string.Create(
        CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{Port}");
}
