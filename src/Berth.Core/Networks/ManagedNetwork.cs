using Berth.Core.Networks.Config;
using Berth.Core.Networks.Dhcp;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Networks;

/// <summary>One network on the host: its bridge, its addresses, its dnsmasq. Callers see to it that one changes it at a time.</summary>
internal sealed class ManagedNetwork : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly HostLinks _links;
    private readonly ILogger _log;
    private readonly DnsmasqFiles _files;
    private readonly Dnsmasq _dnsmasq;
    private string? _problem;

    public ManagedNetwork(NetworkConfig config, HostLayout layout, HostLinks links, TimeProvider time, ILogger log)
    {
        _links = links;
        _log = log;
        _files = new(Path.Combine(layout.Networks, config.Name));
        _dnsmasq = new(config.Name, _files, time, log);
        Hosts = new(_files);
        Config = config;
    }

    public NetworkConfig Config { get; private set; }

    public DhcpHosts Hosts { get; }

    /// <summary>Why it does not work; null when it does.</summary>
    public string? Problem => _problem ?? _dnsmasq.Problem;

    public int? DnsmasqPid => _dnsmasq.Pid;

    public IReadOnlyList<DhcpLease> Leases() => DhcpLease.Read(_files.Leases, TimeSpan.Zero);

    /// <summary>Brings it up as configured, from whatever is there: nothing, a dead daemon's bridge, an older configuration.</summary>
    public async Task UpAsync(NetworkConfig config, CancellationToken cancel)
    {
        try
        {
            Config = config;
            _files.Create();
            await RaiseBridgeAsync(cancel);
            await ServeAsync(cancel);
            _problem = null;
            NetworkLog.Up(_log, config.Name, string.Join(", ", config.Addresses));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _problem = e.Message;
            throw;
        }
    }

    /// <summary>Removes all that it has on the host, files included.</summary>
    public async Task DownAsync(CancellationToken cancel)
    {
        await _dnsmasq.StopAsync(cancel);
        if (await _links.FindAsync(Config.Name, cancel) is { } link && HostLinks.IsBridge(link))
        {
            await _links.Netlink.DeleteLinkAsync(Config.Name, cancel);
        }

        if (Directory.Exists(_files.Directory))
        {
            Directory.Delete(_files.Directory, recursive: true);
        }
    }

    /// <summary>False when it failed before, or somebody took its bridge away: then <see cref="UpAsync"/> is due.</summary>
    public async Task<bool> IsUpAsync(CancellationToken cancel) => _problem is null && await _links.FindAsync(Config.Name, cancel) is { IsUp: true };

    /// <summary>Tells DHCP and DNS of an instance's NIC.</summary>
    public void AddHost(DhcpHost host)
    {
        if (Hosts.Write(host))
        {
            _dnsmasq.Reload();
        }
    }

    /// <summary>Forgets an instance's NICs and gives their leases back.</summary>
    public void RemoveHosts(string instanceKey)
    {
        var hosts = Hosts.RemoveAll(instanceKey);
        if (hosts.Count == 0)
        {
            return;
        }

        // A DHCPv6 client may identify itself by something else than its MAC address; its name is known all the same.
        foreach (var lease in DhcpLease.Read(_files.Leases, Patience))
        {
            if (hosts.FirstOrDefault(h => h.Mac == lease.Mac || (lease.IsIpv6 && h.Name.Length > 0 && h.Name == lease.Hostname)) is { } host)
            {
                Release(lease, host.Mac);
            }
        }

        _dnsmasq.Reload();
    }

    public ValueTask DisposeAsync() => _dnsmasq.DisposeAsync();

    private async Task RaiseBridgeAsync(CancellationToken cancel)
    {
        var (link, isNew) = await _links.EnsureBridgeAsync(Config.Name, Config.Hwaddr, Config.Mtu, cancel);
        if (isNew)
        {
            // One that still runs is bound to an interface that is gone, although it had this name.
            await _dnsmasq.StopAsync(cancel);
        }

        var sysctl = new Sysctl(_log);
        sysctl.PrepareBridge(Config.Name, Config.Ipv6 is not null);
        sysctl.Forward(Config.Name, Config.Ipv4 is not null, Config.Ipv6 is not null);
        await _links.Netlink.SetUpAsync(Config.Name, true, cancel);
        await _links.SetAddressesAsync(link, [.. Config.Addresses], cancel);
    }

    private async Task ServeAsync(CancellationToken cancel)
    {
        if (!Config.Addresses.Any())
        {
            await _dnsmasq.StopAsync(cancel);
            return;
        }

        var user = DnsmasqUser.Choose(_files.Hosts, out var closed, out var preferred);
        if (closed is not null)
        {
            NetworkLog.DnsmasqAsRoot(_log, Config.Name, closed, preferred);
        }

        await _dnsmasq.EnsureAsync(DnsmasqConfig.Build(Config, _files, user), cancel);
    }

    private void Release(DhcpLease lease, string mac)
    {
        if ((lease.IsIpv6 ? Config.Ipv6 : Config.Ipv4)?.Address is not { } server)
        {
            return;
        }

        try
        {
            DhcpRelease.Send(lease, mac, server);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            NetworkLog.LeaseNotReleased(_log, Config.Name, lease.Address.ToString(), e.Message);
        }
    }
}
