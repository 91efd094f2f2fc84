namespace Berth.Core.Networks.Dhcp;

/// <summary>Whom dnsmasq runs as once it has its sockets.</summary>
internal static class DnsmasqUser
{
    private const string Root = "root";
    private static readonly string[] Unprivileged = ["dnsmasq", "nobody"];

    /// <summary>The first unprivileged user that there is; root where that one could not read <paramref name="directory"/>.</summary>
    /// <param name="closed">The directory that is in the way; null when none is.</param>
    public static string Choose(string directory, out string? closed, out string preferred)
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
        preferred = Unprivileged.FirstOrDefault(users.Contains, Root);
        closed = preferred == Root ? null : FirstClosed(directory);
        return closed is null ? preferred : Root;
    }

    private static string? FirstClosed(string directory)
    {
        for (var d = new DirectoryInfo(directory); d is not null; d = d.Parent)
        {
            if (!d.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return d.FullName;
            }
        }

        return null;
    }
}
