using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Commands.Instances;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Networks;

/// <summary><c>berth network</c>.</summary>
internal static class NetworkCommand
{
    private static readonly ListBuilder<Network> s_list = new(
        "List networks",
        [
            new('4', "IPV4", network => network.Config.GetValueOrDefault("ipv4.address", "")),
            new('6', "IPV6", network => network.Config.GetValueOrDefault("ipv6.address", "")),
            new('d', "DESCRIPTION", network => network.Description),
            new('e', "PROJECT", network => network.Project),
            new('m', "MANAGED", network => network.Managed ? "YES" : "NO"),
            new('n', "NAME", network => network.Name),
            new('s', "STATE", network => network.Status.ToUpperInvariant()),
            new('t', "TYPE", network => network.Type),
            new('u', "USED BY", network => network.UsedBy.Count.ToString(CultureInfo.InvariantCulture)),
        ],
        "ntm46dus",
        BerthJson.Default.NetworkList)
    {
        Key = network => network.Name,
        Examples = ["berth network list"],
    };

    private static readonly ListBuilder<NetworkLease> s_leases = new(
        "List the addresses handed out on a network",
        [
            new('h', "HOSTNAME", lease => lease.Hostname),
            new('m', "MAC ADDRESS", lease => lease.Hwaddr),
            new('i', "IP ADDRESS", lease => lease.Address),
            new('t', "TYPE", lease => lease.Type.ToUpperInvariant()),
            new('L', "LOCATION", lease => lease.Location),
        ],
        "hmit",
        BerthJson.Default.NetworkLeaseList)
    {
        Key = lease => lease.Hostname + " " + lease.Address,
        Examples = ["berth network list-leases berthbr0"],
    };

    public static Command Build()
    {
        var common = new ResourceCommands("network", "network", Resource.Network, Completed.Network);
        return new BerthCommand("network", "Manage networks and attach instances to them")
        {
            Examples = ["berth network list", "berth network create net1 ipv4.address=10.5.0.1/24", "berth network attach net1 web1"],
        }.With(
            s_list.Build(_ => Paths.Networks), common.Show(), Info(), Create(), common.Edit(), common.Get(), common.Set(), common.Unset(),
            common.Rename(), common.Delete(), Attach(), Detach(),
            s_leases.Build(network => Paths.Network(network) + "/leases", Completed.Network(), "list-leases"),
            NotHere.Command("acl", "network ACLs", "use a firewall in the instance or nftables on the host"),
            NotHere.Command("forward", "network forwards", "use nftables on the host"),
            NotHere.Command("zone", "DNS zones", "instances reach each other by name on the bridge"));
    }

    private static BerthCommand Info()
    {
        var network = Completed.Network();
        return new BerthCommand("info", "Show the live side of a network") { Examples = ["berth network info berthbr0"] }
            .With(network)
            .Runs(async (session, result, cancellation) =>
            {
                var name = Names.Local(result.GetValue(network)!);
                var state = await session.Client.GetAsync(Paths.Network(name) + "/state", BerthJson.Default.NetworkState, cancellation);
                var counters = state.Counters ?? new NetworkStateCounters();
                session.Out.WriteLine($"Name: {name}");
                session.Out.WriteLine($"MAC address: {state.Hwaddr}");
                session.Out.WriteLine($"MTU: {state.Mtu}");
                session.Out.WriteLine($"State: {state.State}");
                session.Out.WriteLine($"Type: {state.Type}");
                session.Out.WriteLine();
                session.Out.WriteLine("IP addresses:");
                foreach (var address in state.Addresses)
                {
                    session.Out.WriteLine($"  {address.Family}\t{address.Address}/{address.Netmask} ({address.Scope})");
                }

                session.Out.WriteLine();
                session.Out.WriteLine("Network usage:");
                session.Out.WriteLine($"  Bytes received: {Sizes.Bytes(counters.BytesReceived)}");
                session.Out.WriteLine($"  Bytes sent: {Sizes.Bytes(counters.BytesSent)}");
                session.Out.WriteLine($"  Packets received: {counters.PacketsReceived}");
                session.Out.WriteLine($"  Packets sent: {counters.PacketsSent}");
            });
    }

    private static BerthCommand Create()
    {
        var name = new Argument<string>("network") { Description = "Name of the new network" };
        var keys = new Argument<string[]>("key=value") { Description = "Configuration of the network", Arity = ArgumentArity.ZeroOrMore };
        var type = new Option<string?>("--type", "-t") { Description = "Type of the network (default: bridge)", HelpName = "type" };
        var description = new Option<string?>("--description") { Description = "Description of the network", HelpName = "text" };
        return new BerthCommand("create", "Create a network") { Examples = ["berth network create net1 ipv4.address=10.5.0.1/24 ipv6.address=none"] }
            .With(name, keys, type, description)
            .Runs(async (session, result, cancellation) =>
            {
                var network = Names.Local(result.GetValue(name)!);
                var body = CreateRequest.Build(network, result.GetValue(keys)!, result.GetValue(description));
                if (result.GetValue(type) is { } chosen)
                {
                    body["type"] = chosen;
                }

                await session.WaitAsync(await session.Client.PostAsync(Paths.Networks, body, cancellation), $"Creating {network}", cancellation);
                session.Say($"Network {network} created");
            });
    }

    private static BerthCommand Attach()
    {
        var network = Completed.Network();
        var instance = Completed.Instance();
        var device = new Argument<string?>("device") { Description = "Name of the device (default: the network's)", Arity = ArgumentArity.ZeroOrOne };
        var nic = new Argument<string?>("interface") { Description = "Name of the interface inside (default: eth0)", Arity = ArgumentArity.ZeroOrOne };
        return new BerthCommand("attach", "Attach an instance to a network") { Examples = ["berth network attach net1 web1 eth1"] }
            .With(network, instance, device, nic)
            .Runs(async (session, result, cancellation) =>
            {
                var target = await session.Client.GetAsync(Paths.Network(Names.Local(result.GetValue(network)!)), BerthJson.Default.Network, cancellation);
                var name = result.GetValue(device) ?? target.Name;
                var keys = NicDevice.For(target, result.GetValue(nic) ?? (result.GetValue(device) is null ? "eth0" : name));
                await Resource.Instance(result.GetValue(instance)!).ChangeAsync(session, body => DeviceCommands.Put(body, name, keys), cancellation);
            });
    }

    private static BerthCommand Detach()
    {
        var network = Completed.Network();
        var instance = Completed.Instance();
        var device = new Argument<string?>("device") { Description = "Name of the device, where several are attached", Arity = ArgumentArity.ZeroOrOne };
        return new BerthCommand("detach", "Detach an instance from a network") { Examples = ["berth network detach net1 web1"] }
            .With(network, instance, device)
            .Runs((session, result, cancellation) =>
            {
                var from = Names.Local(result.GetValue(network)!);
                return Resource.Instance(result.GetValue(instance)!).ChangeAsync(session, body => Remove(Resource.Map(body, "devices"), from, result.GetValue(device)), cancellation);
            });
    }

    private static void Remove(JsonObject devices, string network, string? name)
    {
        var attached = devices.Where(entry => IsOn(entry.Value, network) && (name is null || entry.Key == name)).Select(entry => entry.Key).ToArray();
        switch (attached)
        {
            case [var only]:
                devices.Remove(only);
                break;
            case []:
                throw new CliException($"no device of the instance's own is attached to {network} (a profile's is changed in the profile)");
            default:
                throw new CliException($"several devices are attached to {network}: name one of {string.Join(", ", attached)}");
        }
    }

    private static bool IsOn(JsonNode? device, string network) =>
        device?["type"]?.GetValue<string>() == "nic"
        && (device["network"]?.GetValue<string>() == network || device["parent"]?.GetValue<string>() == network);
}
