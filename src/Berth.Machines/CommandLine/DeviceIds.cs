using System.Security.Cryptography;
using System.Text;

namespace Berth.Machines.CommandLine;

/// <summary>What QEMU calls the parts of a device. Derived from the device's name alone, so that the next daemon finds them.</summary>
internal static class DeviceIds
{
    /// <summary>A block node's name has at most 31 characters.</summary>
    private const int MostCharacters = 31;

    /// <summary>The disk or CD-ROM that the guest sees.</summary>
    public static string Drive(string device) => Of("disk.", device);

    /// <summary>The block node behind it, and the mark of its descriptor.</summary>
    public static string Node(string device) => Of("node.", device);

    /// <summary>The network card that the guest sees.</summary>
    public static string Nic(string device) => Of("nic.", device);

    /// <summary>The host's end behind it.</summary>
    public static string Netdev(string device) => Of("net.", device);

    private static string Of(string prefix, string device)
    {
        var room = MostCharacters - prefix.Length;
        return prefix + (device.Length <= room ? device : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(device)))[..room]);
    }
}
