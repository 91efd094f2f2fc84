using Microsoft.Extensions.Logging;

namespace Berth.Core.Networks;

/// <summary>Kernel settings of networks, /proc/sys/net (ip-sysctl). One that cannot be set is logged and costs only what it is for.</summary>
internal sealed class Sysctl(ILogger log)
{
    private const string Root = "/proc/sys/net";

    /// <summary>Whether the kernel has IPv6 at all.</summary>
    public static bool HasIpv6 => Directory.Exists($"{Root}/ipv6");

    /// <summary>Makes the host a router. Interfaces that learn their own route from router advertisements go on doing so.</summary>
    public void Forward(string network, bool ipv4, bool ipv6)
    {
        if (ipv4)
        {
            Set(network, "ipv4/ip_forward", "1");
        }

        if (ipv6 && HasIpv6 && Read("ipv6/conf/all/forwarding") == "0")
        {
            // 1 means "only while not forwarding": without this the host would lose its own IPv6 route.
            foreach (var path in Directory.EnumerateDirectories($"{Root}/ipv6/conf"))
            {
                var key = $"ipv6/conf/{Path.GetFileName(path)}/accept_ra";
                if (Read(key) == "1")
                {
                    Set(network, key, "2");
                }
            }

            Set(network, "ipv6/conf/all/forwarding", "1");
        }
    }

    /// <summary>Prepares a bridge before it goes up: its addresses are valid at once, and it believes no other router.</summary>
    public void PrepareBridge(string name, bool ipv6)
    {
        if (!HasIpv6)
        {
            return;
        }

        Set(name, $"ipv6/conf/{name}/accept_ra", "0");
        Set(name, $"ipv6/conf/{name}/autoconf", "0");
        Set(name, $"ipv6/conf/{name}/accept_dad", "0");
        Set(name, $"ipv6/conf/{name}/disable_ipv6", ipv6 ? "0" : "1");
    }

    private static string? Read(string key)
    {
        try
        {
            return File.ReadAllText($"{Root}/{key}").Trim();
        }
        catch (IOException)
        {
            // The interface went away, or the kernel does not know the key: nothing to keep.
            return null;
        }
    }

    private void Set(string network, string key, string value)
    {
        if (Read(key) == value)
        {
            return;
        }

        try
        {
            File.WriteAllText($"{Root}/{key}", value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NetworkLog.SettingFailed(log, network, key, e.Message);
        }
    }
}
