using System.Globalization;
using System.Net.Sockets;
using Berth.Api;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/networks</c>: managed bridges, and the host's other interfaces to read.</summary>
internal sealed class NetworkEndpoints(NetworkService networks, InstanceRegistry instances, ProfileService profiles, ProjectGuard guard)
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

    private NetworkRecord Find(ApiRequest request)
    {
        var name = request.Route("name");
        return guard.NetworkAllowed(request.AskedProject, name) ? networks.Get(name) : throw BerthException.NotFound($"There is no network \"{name}\"");
    }

    /// <summary>Who uses a network, of what the caller may see.</summary>
    private IReadOnlyList<string> VisibleUsers(ApiRequest request, string network) => request.Visible(Users(network));

    private IReadOnlyList<string> Users(string network) =>
    [
        .. instances.All.Where(i => Uses(profiles.Expand(i.Record).Devices.Values, network)).Select(InstanceLifecycle.PathOf).Order(StringComparer.Ordinal),
        .. profiles.List().Where(p => Uses(p.Devices.Values, network)).Select(ProfileService.PathOf),
    ];

    private static bool Uses(IEnumerable<IReadOnlyDictionary<string, string>> devices, string network) => devices.Any(d =>
        d.GetValueOrDefault("type") == "nic" && (d.GetValueOrDefault("network") == network || d.GetValueOrDefault("parent") == network));

    private Network ToWire(ApiRequest request, NetworkRecord network) => new()
    {
        Name = network.Name,
        Type = "bridge",
        Managed = true,
        Description = network.Description,
        Config = network.Config,
        Status = networks.ProblemOf(network.Name) is null ? "Created" : "Errored",
        Locations = ["none"],
        Project = InstanceId.DefaultProject,
        UsedBy = VisibleUsers(request, network.Name),
    };

    private static NetworkPut Changeable(NetworkRecord network) => new() { Description = network.Description, Config = network.Config };

    private async Task ListAsync(ApiRequest request)
    {
        var project = request.AskedProject;
        var managed = networks.List().Where(n => guard.NetworkAllowed(project, n.Name)).ToList();
        var others = (await networks.ListUnmanagedAsync(request.Aborted)).Where(n => guard.NetworkAllowed(project, n.Name)).ToList();
        var list = managed.Select(n => ToWire(request, n)).Concat(others.Select(o => Unmanaged(request, o.Name, o.Type)));
        list = ListFilter.Parse(request.Query("filter"))?.Apply(list, BerthJson.Default.Network) ?? list;
        await (request.Recursion == 0
            ? request.SyncAsync([.. list.Select(n => $"/1.0/networks/{n.Name}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. list], BerthJson.Default.NetworkList));
    }

    private Network Unmanaged(ApiRequest request, string name, string type) =>
        new() { Name = name, Type = type, UsedBy = VisibleUsers(request, name), Locations = [], Project = InstanceId.DefaultProject };

    private async Task GetAsync(ApiRequest request)
    {
        var name = request.Route("name");
        if (guard.NetworkAllowed(request.AskedProject, name) && (await networks.ListUnmanagedAsync(request.Aborted)).FirstOrDefault(o => o.Name == name) is { Name: not null } other)
        {
            await request.SyncAsync(Unmanaged(request, other.Name, other.Type), BerthJson.Default.Network);
            return;
        }

        var network = Find(request);
        await request.WithETag(Changeable(network), BerthJson.Default.NetworkPut).SyncAsync(ToWire(request, network), BerthJson.Default.Network);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        var post = await request.ReadAsync(BerthJson.Default.NetworksPost);
        if (post.Type is not ("" or "bridge"))
        {
            throw BerthException.Unsupported($"Networks of type \"{post.Type}\" are not supported yet; available: bridge");
        }

        guard.AllowNetwork(request.Project, networks.List().Count);
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

    private string NameOf(ApiRequest request) =>
        guard.NetworkAllowed(request.AskedProject, request.Route("name"))
            ? request.Route("name")
            : throw BerthException.NotFound($"There is no network \"{request.Route("name")}\"");

    private async Task StateAsync(ApiRequest request)
    {
        var state = await networks.GetStateAsync(NameOf(request), request.Aborted);
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
        var leases = await networks.GetLeasesAsync(NameOf(request), request.Aborted);
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
