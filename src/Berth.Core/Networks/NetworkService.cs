using System.Collections.Concurrent;
using Berth.Core.Events;
using Berth.Core.Networks.Config;
using Berth.Core.Networks.Firewall;
using Berth.Core.State;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Networks;

/// <summary>
/// The host's managed bridge networks (<c>/1.0/networks</c>): stored, brought up, served with DHCP, DNS and NAT, and the NICs of
/// instances on them. One per daemon. A daemon that ends leaves its networks running; the next one takes them over.
/// </summary>
public sealed partial class NetworkService : IAsyncDisposable
{
    private const string Host = "";

    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly ConcurrentDictionary<string, ManagedNetwork> _networks = new();
    private readonly HostLinks _links = new();
    private readonly IStateStore _store;
    private readonly HostLayout _layout;
    private readonly EventHub _events;
    private readonly TimeProvider _time;
    private readonly ILogger<NetworkService> _log;
    private readonly NftFirewall _firewall;
    private readonly NicGuards _guards;

    public NetworkService(IStateStore store, HostLayout layout, EventHub events, TimeProvider time, ILogger<NetworkService> log)
    {
        (_store, _layout, _events, _time, _log) = (store, layout, events, time, log);
        _firewall = new(layout.NftTable, log);
        _guards = new(layout.NftTable);
    }

    /// <summary>
    /// The NICs of all instances, running or not: MAC addresses, host names and static addresses are kept unique among them.
    /// Until it is set, only NICs that were attached are known.
    /// </summary>
    public Func<IReadOnlyList<NicUse>>? NicsInUse { get; set; }

    /// <summary>Brings up every network, and removes what is left of networks that exist no more. One that fails leaves the others alone.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            var records = List();
            await RemoveOrphansAsync(records, cancel);
            await Task.WhenAll(records.Select(r => StartOneAsync(r, cancel)));
            await ApplyFirewallAsync(cancel);
        }
        finally
        {
            _changing.Release();
        }
    }

    public IReadOnlyList<NetworkRecord> List() => [.. _store.List(NetworkDocuments.Networks).Select(d => d.Value)];

    /// <exception cref="BerthException">NotFound, with the networks that there are.</exception>
    public NetworkRecord Get(string name) =>
        _store.Find(NetworkDocuments.Networks, Host, name)?.Value
        ?? throw BerthException.NotFound($"There is no network \"{name}\"" + (List() is { Count: > 0 } networks
            ? $"; available: {string.Join(", ", networks.Select(n => n.Name))}"
            : $"; create one with: berth network create {_layout.DefaultBridge}"));

    /// <summary>Why a network does not work, or not wholly; null when it does.</summary>
    public string? ProblemOf(string name) => _networks.TryGetValue(name, out var network) ? network.Problem ?? FirewallProblem(network.Config) : "it is not up";

    /// <summary>Creates a network and brings it up. Addresses that are not given are <c>auto</c>.</summary>
    /// <returns>The record as stored, with the addresses chosen.</returns>
    public async Task<NetworkRecord> CreateAsync(NetworkRecord wanted, CancellationToken cancel)
    {
        BridgeName.Validate(wanted.Name);
        await _changing.WaitAsync(cancel);
        try
        {
            if (_store.Find(NetworkDocuments.Networks, Host, wanted.Name) is not null)
            {
                throw BerthException.Conflict($"The network \"{wanted.Name}\" already exists");
            }

            await RequireFreeNameAsync(wanted.Name, cancel);
            var record = (await PlannerAsync(wanted.Name, cancel)).Complete(wanted);
            _store.Put(NetworkDocuments.Networks, Host, record.Name, record, expected: 0);
            await RaiseNewAsync(record, cancel);
            Announce("network-created", record.Name);
            return record;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Changes description and configuration; what does not work is undone.</summary>
    /// <returns>The record as stored.</returns>
    public async Task<NetworkRecord> UpdateAsync(NetworkRecord changed, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            var old = Get(changed.Name);
            var oldConfig = NetworkConfig.Parse(old);
            var record = (await PlannerAsync(old.Name, cancel)).Fill(changed with { Hwaddr = old.Hwaddr }, oldConfig);
            var config = NetworkConfig.Parse(record);
            RequireStaticAddressesFit(config);
            _store.Put(NetworkDocuments.Networks, Host, record.Name, record);
            try
            {
                await NetworkOf(config).UpAsync(config, cancel);
            }
            catch
            {
                _store.Put(NetworkDocuments.Networks, Host, old.Name, old);
                await NetworkOf(oldConfig).UpAsync(oldConfig, CancellationToken.None);
                throw;
            }

            await ApplyFirewallAsync(cancel);
            Announce("network-updated", record.Name);
            return record;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Renames a network that nobody uses.</summary>
    /// <param name="users">Instances and profiles that use it.</param>
    public async Task RenameAsync(string name, string newName, IReadOnlyCollection<string> users, CancellationToken cancel)
    {
        BridgeName.Validate(newName);
        await _changing.WaitAsync(cancel);
        try
        {
            var record = Get(name) with { Name = newName };
            RefuseUsed(name, users);
            await RequireFreeNameAsync(newName, cancel);
            _store.Rename(NetworkDocuments.Networks, Host, name, newName, record);
            await LowerAsync(name, cancel);
            var config = NetworkConfig.Parse(record);
            await NetworkOf(config).UpAsync(config, cancel);
            await ApplyFirewallAsync(cancel);
            Announce("network-renamed", newName);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Deletes a network that nobody uses, with all that it has on the host.</summary>
    /// <param name="users">Instances and profiles that use it.</param>
    public async Task DeleteAsync(string name, IReadOnlyCollection<string> users, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            Get(name);
            RefuseUsed(name, users);
            await LowerAsync(name, cancel);
            _store.Delete(NetworkDocuments.Networks, Host, name);
            await ApplyFirewallAsync(cancel);
            Announce("network-deleted", name);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stops watching. Bridges, rules and dnsmasq stay as they are.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var network in _networks.Values)
        {
            await network.DisposeAsync();
        }

        _links.Dispose();
    }
}
