using System.Net;
using System.Security.Cryptography;

namespace Berth.Core.Networks.Config;

/// <summary>Finds free private subnets, and says who has one that is not free.</summary>
/// <param name="taken">What is used already, with a name for people: "network x", "route through eth0".</param>
internal sealed class SubnetPicker(IReadOnlyList<(IpPrefix Prefix, string Owner)> taken)
{
    private const int Attempts = 1000;

    /// <summary>Who has a part of <paramref name="wanted"/>; null when it is free.</summary>
    public string? OwnerOf(IpPrefix wanted)
    {
        foreach (var (prefix, owner) in taken)
        {
            if (prefix.IsIpv4 == wanted.IsIpv4 && prefix.Overlaps(wanted))
            {
                return $"{owner} ({prefix.Subnet})";
            }
        }

        return null;
    }

    /// <summary>A random 10.x.y.1/24.</summary>
    /// <exception cref="BerthException">NoSpace.</exception>
    public IpPrefix PickIpv4() =>
        Pick("IPv4", () => new(new IPAddress([10, Random(256), Random(256), 1]), 24));

    /// <summary>A random fd42:x:y:z::1/64 (unique local addresses, RFC 4193; the prefix is the one Incus uses).</summary>
    public IpPrefix PickIpv6() => Pick("IPv6", () =>
    {
        var bytes = new byte[16];
        RandomNumberGenerator.Fill(bytes.AsSpan(2, 6));
        (bytes[0], bytes[1], bytes[15]) = (0xfd, 0x42, 1);
        return new(new IPAddress(bytes), 64);
    });

    private static byte Random(int below) => (byte)RandomNumberGenerator.GetInt32(below);

    private IpPrefix Pick(string family, Func<IpPrefix> candidate)
    {
        for (var i = 0; i < Attempts; i++)
        {
            var prefix = candidate();
            if (OwnerOf(prefix) is null)
            {
                return prefix;
            }
        }

        throw new BerthException(ErrorKind.NoSpace, $"Found no free private {family} subnet; name one yourself instead of auto");
    }
}
