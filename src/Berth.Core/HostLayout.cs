using System.Security.Cryptography;
using System.Text;

namespace Berth.Core;

/// <summary>
/// Where one daemon keeps what it makes, and what it calls it on the host. Two daemons with different state directories
/// never share a name: the default directory uses plain names, every other one a suffix derived from its path.
/// </summary>
public sealed class HostLayout
{
    public const string DefaultStateDirectory = "/var/lib/berth";
    public const string DefaultRuntimeDirectory = "/run/berth";

    public HostLayout(string stateDirectory, string runtimeDirectory)
    {
        StateDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(stateDirectory));
        RuntimeDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(runtimeDirectory));
        Tag = StateDirectory == DefaultStateDirectory ? "" : ShortHash(StateDirectory);
    }

    /// <summary>Data that outlives a boot.</summary>
    public string StateDirectory { get; }

    /// <summary>Sockets, pid files and mount points: gone after a boot.</summary>
    public string RuntimeDirectory { get; }

    /// <summary>Empty for the default state directory, else 6 hex digits of the SHA-256 of its path.</summary>
    public string Tag { get; }

    public string Suffix => Tag.Length == 0 ? "" : "-" + Tag;

    public string Database => Path.Combine(StateDirectory, "berth.db");

    public string Images => Path.Combine(StateDirectory, "images");

    public string Pools => Path.Combine(StateDirectory, "storage-pools");

    public string Networks => Path.Combine(StateDirectory, "networks");

    public string Cache => Path.Combine(StateDirectory, "cache");

    public string Logs => Path.Combine(StateDirectory, "logs");

    public string Socket => Path.Combine(RuntimeDirectory, "berth.socket");

    /// <summary>Directory of the socket that containers see as /dev/incus/sock.</summary>
    public string GuestApi => Path.Combine(RuntimeDirectory, "guestapi");

    /// <summary>This daemon's cgroup subtree, relative to each hierarchy's mount.</summary>
    public string CgroupRoot => "berth" + Suffix;

    /// <summary>The nftables table (family inet) that this daemon owns.</summary>
    public string NftTable => "berth" + (Tag.Length == 0 ? "" : "_" + Tag);

    /// <summary>The name that the default bridge gets; at most 15 characters (IFNAMSIZ - 1).</summary>
    public string DefaultBridge => Tag.Length == 0 ? "berthbr0" : "berthbr-" + Tag;

    /// <summary>Configuration copy, NVRAM and logs of an instance.</summary>
    public string InstanceDirectory(string key) => Path.Combine(StateDirectory, "instances", key);

    /// <summary>Sockets and the root's mount point of a running instance.</summary>
    public string InstanceRuntime(string key) => Path.Combine(RuntimeDirectory, "instances", key);

    private static string ShortHash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..6];
}
