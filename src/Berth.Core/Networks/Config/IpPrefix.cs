using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Berth.Core.Networks.Config;

/// <summary>An address with the length of its subnet's prefix, for example 10.1.2.1/24.</summary>
internal sealed record IpPrefix(IPAddress Address, int Length)
{
    public bool IsIpv4 => Address.AddressFamily == AddressFamily.InterNetwork;

    public int Bits => IsIpv4 ? 32 : 128;

    /// <summary>The subnet's first address.</summary>
    public IPAddress First => FromNumber(Number(Address) & Mask, IsIpv4);

    /// <summary>The subnet's last address; IPv4: the broadcast address.</summary>
    public IPAddress Last => At(Size - 1);

    /// <summary>Number of addresses in the subnet.</summary>
    public BigInteger Size => BigInteger.One << (Bits - Length);

    public IPAddress Netmask => FromNumber(Mask, IsIpv4);

    /// <summary>The subnet in CIDR notation, for example 10.1.2.0/24.</summary>
    public string Subnet => $"{First}/{Length}";

    private BigInteger Mask => ((BigInteger.One << Bits) - 1) ^ (Size - 1);

    public static bool TryParse(string text, [NotNullWhen(true)] out IpPrefix? prefix)
    {
        prefix = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0
            || !TryParseAddress(text[..slash], out var address)
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }

        prefix = new(address, length);
        return length <= prefix.Bits;
    }

    /// <summary>Parses an address in its usual notation only: IPAddress alone would take "10.1" for 10.0.0.1.</summary>
    public static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address)
        && !text.Contains('%', StringComparison.Ordinal)
        && !text.Contains('[', StringComparison.Ordinal)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text);

    /// <summary>The address that lies <paramref name="offset"/> after the first one.</summary>
    public IPAddress At(BigInteger offset) => FromNumber((Number(Address) & Mask) + offset, IsIpv4);

    public bool Contains(IPAddress address) =>
        address.AddressFamily == Address.AddressFamily && (Number(address) & Mask) == (Number(Address) & Mask);

    public bool Overlaps(IpPrefix other) => Length <= other.Length ? Contains(other.Address) : other.Contains(Address);

    public static int Compare(IPAddress a, IPAddress b) => Number(a).CompareTo(Number(b));

    public override string ToString() => $"{Address}/{Length}";

    private static BigInteger Number(IPAddress address) => new(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);

    private static IPAddress FromNumber(BigInteger number, bool ipv4)
    {
        Span<byte> bytes = stackalloc byte[ipv4 ? 4 : 16];
        Span<byte> raw = stackalloc byte[17];
        number.TryWriteBytes(raw, out var written, isUnsigned: true, isBigEndian: true);
        bytes.Clear();
        raw[..written].CopyTo(bytes[(bytes.Length - written)..]);
        return new(bytes);
    }
}
