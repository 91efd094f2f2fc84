namespace Berth.Core.Networks.Dhcp;

/// <summary>Where a network's dnsmasq has its files: all below <c>HostLayout.Networks/NAME</c>.</summary>
internal sealed record DnsmasqFiles(string Directory)
{
    public string Config => Path.Combine(Directory, "dnsmasq.conf");

    /// <summary>One file per instance NIC.</summary>
    public string Hosts => Path.Combine(Directory, "hosts");

    public string Leases => Path.Combine(Directory, "dnsmasq.leases");

    public string PidFile => Path.Combine(Directory, "dnsmasq.pid");

    public string Log => Path.Combine(Directory, "dnsmasq.log");

    /// <summary>The argument by which a process is known to be this network's dnsmasq.</summary>
    public string ConfigArgument => "--conf-file=" + Config;

    public void Create()
    {
        System.IO.Directory.CreateDirectory(Directory, Traversable);
        System.IO.Directory.CreateDirectory(Hosts, Traversable);

        // The process may have been started under a strict umask.
        File.SetUnixFileMode(Directory, Traversable);
        File.SetUnixFileMode(Hosts, Traversable);
    }

    private const UnixFileMode Traversable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
}
