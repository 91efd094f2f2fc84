using System.Globalization;
using System.Net.Sockets;
using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Core.Profiles;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/networks</c>: managed bridges, and the host's other interfaces to read.</summary>
internal sealed class NetworkEndpoints(NetworkService networks, InstanceRegistry instances, ProfileService profiles)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/networks", ListAsync)
        .Post("/1.0/networks", CreateAsync)
        .Get("/1.0/networks/{name}", GetAsync)
        .Put("/1.0/networks/{name}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.NetworkPut)))
        .Patch("/1.0/networks/{name}", request => UpdateAsync(request, JsonPatch.ReadAsync(request, Changeable(Find(request)), BerthJson.Default.NetworkPut)))
        .Post("/1.0/networks/{name}", RenameAsync)
        .Delete("/1.0/networks/{name}", DeleteAsync)
        .Get("/1.0/networks/{name}/state", StateAsync)
        .Get("/1.0/networks/{name}/leases", LeasesAsync);

    private NetworkRecord Find(ApiRequest request) => networks.Get(request.Route("name"));

    private IReadOnlyList<string> Users(string network) =>
    [
        .. instances.All.Where(i => Uses(profiles.Expand(i.Record).Devices.Values, network)).Select(i => $"/1.0/instances/{i.Id.Name}").Order(StringComparer.Ordinal),
        .. profiles.List(InstanceId.DefaultProject).Where(p => Uses(p.Devices.Values, network)).Select(p => $"/1.0/profiles/{p.Name}"),
    ];

    private static bool Uses(IEnumerable<IReadOnlyDictionary<string, string>> devices, string network) => devices.Any(d =>
        d.GetValueOrDefault("type") == "nic" && (d.GetValueOrDefault("network") == network || d.GetValueOrDefault("parent") == network));

    private Network ToWire(NetworkRecord network) => new()
    {
        Name = network.Name,
        Type = "bridge",
        Managed = true,
        Description = network.Description,
        Config = network.Config,
        Status = networks.ProblemOf(network.Name) is null ? "Created" : "Errored",
        Locations = ["none"],
        Project = InstanceId.DefaultProject,
        UsedBy = Users(network.Name),
    };

    private static NetworkPut Changeable(NetworkRecord network) => new() { Description = network.Description, Config = network.Config };

    private async Task ListAsync(ApiRequest request)
    {
        var managed = networks.List();
        var others = await networks.ListUnmanagedAsync(request.Aborted);
        await (request.Recursion == 0
            ? request.SyncAsync([.. managed.Select(n => n.Name).Concat(others.Select(o => o.Name)).Select(n => $"/1.0/networks/{n}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. managed.Select(ToWire), .. others.Select(o => Unmanaged(o.Name, o.Type))], BerthJson.Default.NetworkList));
    }

    private Network Unmanaged(string name, string type) =>
        new() { Name = name, Type = type, UsedBy = Users(name), Locations = [], Project = InstanceId.DefaultProject };

    private async Task GetAsync(ApiRequest request)
    {
        var name = request.Route("name");
        if ((await networks.ListUnmanagedAsync(request.Aborted)).FirstOrDefault(o => o.Name == name) is { Name: not null } other)
        {
            await request.SyncAsync(Unmanaged(other.Name, other.Type), BerthJson.Default.Network);
            return;
        }

        var network = Find(request);
        await request.WithETag(Changeable(network), BerthJson.Default.NetworkPut).SyncAsync(ToWire(network), BerthJson.Default.Network);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.NetworksPost);
        if (post.Type is not ("" or "bridge"))
        {
            throw BerthException.Unsupported($"Networks of type \"{post.Type}\" are not supported yet; available: bridge");
        }

        await networks.CreateAsync(new() { Name = post.Name, Description = post.Description, Config = InstanceMap.FromWire(post.Config) }, CancellationToken.None);
        await request.CreatedAsync($"/1.0/networks/{post.Name}");
    }

    private async Task UpdateAsync(ApiRequest request, Task<NetworkPut> reading)
    {
        var network = Find(request);
        var put = await reading;
        request.RequireMatch(Changeable(network), BerthJson.Default.NetworkPut);
        await networks.UpdateAsync(network with { Description = put.Description, Config = InstanceMap.FromWire(put.Config) }, CancellationToken.None);
        await request.EmptyAsync();
    }

    private async Task RenameAsync(ApiRequest request)
    {
        var network = Find(request);
        var post = await request.ReadAsync(BerthJson.Default.NetworkPost);
        await networks.RenameAsync(network.Name, post.Name, Users(network.Name), CancellationToken.None);
        await request.CreatedAsync($"/1.0/networks/{post.Name}");
    }

    private async Task DeleteAsync(ApiRequest request)
    {
        var network = Find(request);
        await networks.DeleteAsync(network.Name, Users(network.Name), CancellationToken.None);
        await request.EmptyAsync();
    }

    private async Task StateAsync(ApiRequest request)
    {
        var state = await networks.GetStateAsync(request.Route("name"), request.Aborted);
        await request.SyncAsync(
            new Api.NetworkState
            {
                Addresses = [.. state.Addresses.Select(a => new NetworkStateAddress
                {
                    Address = a.Address.ToString(),
                    Family = a.Address.AddressFamily == AddressFamily.InterNetwork ? "inet" : "inet6",
                    Netmask = a.PrefixLength.ToString(CultureInfo.InvariantCulture),
                    Scope = a.Scope,
                })],
                Counters = new()
                {
                    BytesReceived = state.BytesReceived,
                    BytesSent = state.BytesSent,
                    PacketsReceived = state.PacketsReceived,
                    PacketsSent = state.PacketsSent,
                },
                Hwaddr = state.Hwaddr,
                Mtu = state.Mtu,
                State = state.Up ? "up" : "down",
                Type = state.Type,
                Bridge = state.Bridge is { } bridge
                    ? new() { Id = bridge.Id, Stp = bridge.Stp, ForwardDelay = bridge.ForwardDelay, UpperDevices = bridge.Ports }
                    : null,
            },
            BerthJson.Default.NetworkState);
    }

    private async Task LeasesAsync(ApiRequest request)
    {
        var leases = await networks.GetLeasesAsync(request.Route("name"), request.Aborted);
        await request.SyncAsync(
            [.. leases.Select(l => new Api.NetworkLease
            {
                Hostname = l.Hostname,
                Hwaddr = l.Hwaddr,
                Address = l.Address.ToString(),
                Type = l.Type.ToString().ToLowerInvariant(),
                Location = "none",
            })],
            BerthJson.Default.NetworkLeaseList);
    }
}
