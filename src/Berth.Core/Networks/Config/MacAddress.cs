using System.Security.Cryptography;

namespace Berth.Core.Networks.Config;

/// <summary>MAC addresses: six bytes, lower case, with colons.</summary>
internal static class MacAddress
{
    /// <summary>The prefix that Incus gives its instances.</summary>
    private const string Prefix = "10:66:6a";

    public static bool IsValid(string text) =>
        text.Length == 17
        && Enumerable.Range(0, 17).All(i => i % 3 == 2 ? text[i] == ':' : char.IsAsciiHexDigit(text[i]))
        && (Convert.ToByte(text[..2], 16) & 1) == 0
        && text != "00:00:00:00:00:00";

    /// <summary>A random one that is not in <paramref name="taken"/>.</summary>
    public static string Generate(IReadOnlySet<string> taken)
    {
        Span<byte> bytes = stackalloc byte[3];
        while (true)
        {
            RandomNumberGenerator.Fill(bytes);
            var mac = $"{Prefix}:{bytes[0]:x2}:{bytes[1]:x2}:{bytes[2]:x2}";
            if (!taken.Contains(mac))
            {
                return mac;
            }
        }
    }
}
