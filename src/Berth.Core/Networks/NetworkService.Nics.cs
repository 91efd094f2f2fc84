using Berth.Linux.Netlink;
using Berth.Core.Networks.Config;

namespace Berth.Core.Networks;

public sealed partial class NetworkService
{
    /// <summary>Checks a NIC's configuration by itself: keys, values, and that its network exists.</summary>
    /// <exception cref="BerthException">BadRequest, Unsupported or NotFound that names the device and the key.</exception>
    public void ValidateNic(string device, IReadOnlyDictionary<string, string> config)
    {
        NicKeys.Validate(device, config);
        if (config.GetValueOrDefault("network", "") is { Length: > 0 } network)
        {
            Get(network);
        }
    }

    /// <summary>
    /// Decides all that a NIC's configuration leaves open and checks it against the other NICs of the host. MAC address and host
    /// name are new where neither the configuration nor <c>volatile.DEVICE.*</c> has one: the caller stores <see cref="NicSpec.Mac"/>
    /// as <c>volatile.DEVICE.hwaddr</c> and <see cref="NicSpec.HostName"/> as <c>volatile.DEVICE.host_name</c>.
    /// </summary>
    /// <exception cref="BerthException">BadRequest, Conflict or NotFound that names the instance, the device and the key.</exception>
    public async Task<NicSpec> ResolveNicAsync(NicRequest request, CancellationToken cancel)
    {
        ValidateNic(request.Device, request.Config);
        var network = request.Config.GetValueOrDefault("network", "") is { Length: > 0 } name ? NetworkConfig.Parse(Get(name)) : null;
        var resolver = new NicResolver(Nics(), [.. List().Select(r => r.Hwaddr)]);
        var hasName = NicKeys.Value("host_name", request.Device, request.Config, request.InstanceConfig).Length > 0;
        while (true)
        {
            var nic = resolver.Resolve(request, network, address => network is null ? null : HolderOf(network, address));
            if (nic.Type is NicType.Physical)
            {
                return nic with { Before = await BeforeAsync(nic, request.InstanceConfig, cancel) };
            }

            if (hasName || nic.HostName.Length == 0 || await _links.FindAsync(nic.HostName, cancel) is null)
            {
                return nic;
            }
        }
    }

    /// <summary>Makes a NIC's network ready for it, and tells DHCP and DNS of it. Before every start of the instance.</summary>
    /// <param name="instanceKey">Key of the instance, see <c>InstanceId.Key</c>.</param>
    /// <param name="hostname">Name that DNS gives it.</param>
    public async Task AttachAsync(string instanceKey, string hostname, NicSpec nic, CancellationToken cancel)
    {
        if (nic.Type != NicType.Bridged)
        {
            await new NicParents(_links).CheckAsync(instanceKey, nic, cancel);
        }

        await _guards.SetRulesAsync(nic, cancel);
        if (nic.Type != NicType.Bridged)
        {
            return;
        }

        if (nic.Network is null)
        {
            if (await _links.FindAsync(nic.Bridge, cancel) is not { } link || !HostLinks.IsBridge(link))
            {
                throw BerthException.BadRequest($"Device \"{nic.Device}\" of the instance {instanceKey}: the host has no bridge {nic.Bridge}");
            }

            return;
        }

        var network = NetworkOf(NetworkConfig.Parse(Get(nic.Network)));
        if (!await network.IsUpAsync(cancel))
        {
            await MendAsync(network, cancel);
        }

        var name = network.Config.DnsMode == "managed" ? hostname : "";
        network.AddHost(new(instanceKey, nic.Device, nic.Mac, name) { Ipv4 = nic.Ipv4, Ipv6 = nic.Ipv6 });
    }

    /// <summary>Makes the tap of a machine's NIC: persistent, with vnet_hdr, up and on the bridge; only this user may open it.</summary>
    /// <param name="uid">User of the QEMU process.</param>
    /// <param name="multiQueue">Whether QEMU opens it with several queues.</param>
    public Task CreateTapAsync(NicSpec nic, uint uid, bool multiQueue, CancellationToken cancel) =>
        _links.CreateTapAsync(nic, uid, multiQueue, cancel);

    /// <summary>Removes the host's interface of a NIC (a veth goes with its container by itself). Its address stays reserved.</summary>
    public async Task ReleaseAsync(NicSpec nic, CancellationToken cancel)
    {
        await _links.DeleteNicAsync(nic, cancel);
        await _guards.RemoveAsync(nic, cancel);
    }

    /// <summary>Limits what an instance receives through a NIC whose host's interface is there.</summary>
    public static Task LimitAsync(NicSpec nic, CancellationToken cancel) => NicGuards.LimitAsync(nic, cancel);

    /// <summary>Forgets an instance that is deleted: its NICs' reservations, names and leases.</summary>
    public Task DeleteHostAsync(string instanceKey, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        foreach (var network in _networks.Values)
        {
            network.RemoveHosts(instanceKey);
        }

        return Task.CompletedTask;
    }

    /// <summary>A physical NIC as the host has it; while an instance has it, as it was before.</summary>
    private async Task<NicState?> BeforeAsync(NicSpec nic, IReadOnlyDictionary<string, string> instanceConfig, CancellationToken cancel)
    {
        if (await _links.FindAsync(nic.Parent, cancel) is { } link)
        {
            return new(link.Mac.ToText(), link.Mtu);
        }

        var mac = instanceConfig.GetValueOrDefault($"volatile.{nic.Device}.last_state.hwaddr", "");
        return int.TryParse(instanceConfig.GetValueOrDefault($"volatile.{nic.Device}.last_state.mtu"), out var mtu) && MacAddress.IsValid(mac) ? new(mac, mtu) : null;
    }

    private async Task MendAsync(ManagedNetwork network, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            if (!await network.IsUpAsync(cancel))
            {
                await network.UpAsync(network.Config, cancel);
                await ApplyFirewallAsync(cancel);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    private IReadOnlyList<NicUse> Nics() => NicsInUse?.Invoke() ??
    [
        .. from network in _networks.Values
           from host in network.Hosts.All()
           select new NicUse(host.InstanceKey, host.Device, network.Config.Name) { Mac = host.Mac, Ipv4 = host.Ipv4, Ipv6 = host.Ipv6 },
    ];

    private string? HolderOf(NetworkConfig network, System.Net.IPAddress address) =>
        NetworkOf(network).Leases().FirstOrDefault(l => l.Address.Equals(address) && l.Expires > _time.GetUtcNow())?.Mac;
}
