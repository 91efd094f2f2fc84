using Berth.Core.Instances;
using Berth.Core.Networks.Config;
using Berth.Linux;

namespace Berth.Core.Networks;

// The steps of changes. Their callers hold _changing.
public sealed partial class NetworkService
{
    private static void RefuseUsed(string name, IReadOnlyCollection<string> users)
    {
        if (users.Count > 0)
        {
            throw BerthException.Conflict($"The network \"{name}\" is used by {string.Join(", ", users.Take(5))}; take it off them first");
        }
    }

    private ManagedNetwork NetworkOf(NetworkConfig config) =>
        _networks.GetOrAdd(config.Name, _ => new(config, _layout, _links, _time, _log));

    private async Task<NetworkPlanner> PlannerAsync(string name, CancellationToken cancel) =>
        new(List().Where(r => r.Name != name).Select(NetworkConfig.Parse), await _links.RoutesAsync(except: name, cancel));

    private async Task RequireFreeNameAsync(string name, CancellationToken cancel)
    {
        if (_store.Find(NetworkDocuments.Networks, Host, name) is not null)
        {
            throw BerthException.Conflict($"The network \"{name}\" already exists");
        }

        if (await _links.FindAsync(name, cancel) is { } link)
        {
            throw BerthException.Conflict($"The host has an interface {name} already; choose another name for the network"
                + (HostLinks.IsBridge(link) ? $", or use that bridge as it is: nictype=bridged parent={name}" : ""));
        }
    }

    private void RequireStaticAddressesFit(NetworkConfig config)
    {
        foreach (var nic in Nics().Where(n => n.Network == config.Name))
        {
            foreach (var (address, subnet) in new[] { (nic.Ipv4, config.Ipv4), (nic.Ipv6, config.Ipv6) })
            {
                if (address is not null && subnet?.Contains(address) != true)
                {
                    throw BerthException.Conflict(
                        $"Network \"{config.Name}\": {nic.Device} of the instance {nic.InstanceKey} has the static address {address}, "
                        + $"which is not in {subnet?.Subnet ?? "the network any more"}; change it first");
                }
            }
        }
    }

    private async Task RaiseNewAsync(NetworkRecord record, CancellationToken cancel)
    {
        var config = NetworkConfig.Parse(record);
        try
        {
            await NetworkOf(config).UpAsync(config, cancel);
            await ApplyFirewallAsync(cancel);
        }
        catch
        {
            await LowerAsync(record.Name, CancellationToken.None);
            _store.Delete(NetworkDocuments.Networks, Host, record.Name);
            throw;
        }
    }

    private async Task StartOneAsync(NetworkRecord record, CancellationToken cancel)
    {
        try
        {
            var config = NetworkConfig.Parse(record);
            await NetworkOf(config).UpAsync(config, cancel);
        }
        catch (Exception e) when (e is BerthException or LinuxException or IOException)
        {
            NetworkLog.Failed(_log, record.Name, e);
        }
    }

    private async Task LowerAsync(string name, CancellationToken cancel)
    {
        var network = NetworkOf(new() { Name = name, Hwaddr = "" });
        await network.DownAsync(cancel);
        _networks.TryRemove(name, out _);
        await network.DisposeAsync();
    }

    /// <summary>A directory without a record: a daemon was killed while it renamed or deleted the network.</summary>
    private async Task RemoveOrphansAsync(IReadOnlyList<NetworkRecord> records, CancellationToken cancel)
    {
        if (!Directory.Exists(_layout.Networks))
        {
            return;
        }

        var names = Directory.EnumerateDirectories(_layout.Networks).Select(d => Path.GetFileName(d));
        foreach (var name in names.Where(n => BridgeName.IsInterfaceName(n) && records.All(r => r.Name != n)).ToList())
        {
            try
            {
                await LowerAsync(name, cancel);
                NetworkLog.OrphanRemoved(_log, name);
            }
            catch (Exception e) when (e is BerthException or LinuxException or IOException)
            {
                NetworkLog.OrphanStays(_log, name, e);
            }
        }
    }

    private Task ApplyFirewallAsync(CancellationToken cancel) => _firewall.ApplyAsync([.. _networks.Values.Select(n => n.Config)], cancel);

    private string? FirewallProblem(NetworkConfig config) =>
        config.Ipv4Nat || config.Ipv6Nat || config.Ipv4Firewall || config.Ipv6Firewall ? _firewall.Problem : null;

    private void Announce(string action, string name) => _events.Lifecycle(action, InstanceId.DefaultProject, $"/1.0/networks/{name}", name);
}
