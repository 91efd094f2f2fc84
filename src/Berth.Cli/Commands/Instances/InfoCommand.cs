using System.CommandLine;
using System.Globalization;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth info</c>: of an instance, or of the server where none is named.</summary>
internal static class InfoCommand
{
    public static Command Build()
    {
        var instance = new Argument<string?>("instance") { Description = "Name of the instance; left out for the server", Arity = ArgumentArity.ZeroOrOne };
        instance.CompletionSources.AddRange(Completed.Instance().CompletionSources);
        var resources = new Option<bool>("--resources") { Description = "What the host has" };
        var log = new Option<bool>("--show-log") { Description = "The end of the instance's log" };
        return new BerthCommand("info", "Show an instance or the server") { Examples = ["berth info web1", "berth info web1 --show-log", "berth info", "berth info --resources"] }
            .With(instance, resources, log)
            .Runs(async (session, result, cancellation) =>
            {
                if (result.GetValue(instance) is not { } name || Names.Local(name).Length == 0)
                {
                    var path = result.GetValue(resources) ? "/1.0/resources" : "/1.0";
                    YamlWriter.Write(session.Out, (await session.Client.GetAsync(path, cancellation)).AsObject());
                    return;
                }

                name = Names.Local(name);
                var info = await session.Client.GetAsync(Paths.Instance(name) + "?recursion=1", BerthJson.Default.InstanceFull, cancellation);
                Write(session.Out, info);
                if (result.GetValue(log))
                {
                    session.Out.WriteLine();
                    session.Out.WriteLine("Log:");
                    session.Out.WriteLine();
                    session.Out.WriteLine(await LogAsync(session, info, cancellation));
                }
            });
    }

    internal static void Write(TextWriter output, InstanceFull info)
    {
        output.WriteLine($"Name: {info.Name}");
        output.WriteLine($"Description: {info.Description}");
        output.WriteLine($"Status: {info.Status.ToUpperInvariant()}");
        output.WriteLine($"Type: {info.Type}{(info.Ephemeral ? " (ephemeral)" : "")}");
        output.WriteLine($"Architecture: {info.Architecture}");
        if (info.Config.TryGetValue("volatile.berth.accelerator", out var accelerator))
        {
            output.WriteLine($"Accelerator: {accelerator}");
        }

        Line(output, "Location", info.Location is "none" ? "" : info.Location);
        Line(output, "PID", info.State is { Pid: > 0 } s ? s.Pid.ToString(CultureInfo.InvariantCulture) : "");
        Line(output, "Created", Sizes.Time(info.CreatedAt));
        Line(output, "Last Used", Sizes.Time(info.LastUsedAt));
        Line(output, "Started", info.State is { } state ? Sizes.Time(state.StartedAt) : "");
        if (info.State is { Pid: > 0 } running)
        {
            Resources(output, running);
        }

        Snapshots(output, info.Snapshots);
    }

    private static void Resources(TextWriter output, InstanceState state)
    {
        output.WriteLine();
        if (state.OsInfo is { } os)
        {
            output.WriteLine("Operating System:");
            Line(output, "  OS", os.Os);
            Line(output, "  OS Version", os.OsVersion);
            Line(output, "  Kernel Version", os.KernelVersion);
            Line(output, "  Hostname", os.Hostname);
            output.WriteLine();
        }

        output.WriteLine("Resources:");
        output.WriteLine($"  Processes: {state.Processes}");
        if (state.Disk.Count > 0)
        {
            output.WriteLine("  Disk usage:");
            foreach (var (name, disk) in state.Disk.Where(d => d.Value.Usage > 0).OrderBy(d => d.Key, StringComparer.Ordinal))
            {
                output.WriteLine($"    {name}: {Sizes.Bytes(disk.Usage)}{(disk.Total > 0 ? " of " + Sizes.Bytes(disk.Total) : "")}");
            }
        }

        output.WriteLine("  CPU usage:");
        output.WriteLine($"    CPU usage (in seconds): {state.Cpu.Usage / 1_000_000_000}");
        output.WriteLine("  Memory usage:");
        output.WriteLine($"    Memory (current): {Sizes.Bytes(state.Memory.Usage)}");
        Line(output, "    Memory (peak)", state.Memory.UsagePeak > 0 ? Sizes.Bytes(state.Memory.UsagePeak) : "");
        Line(output, "    Memory (total)", state.Memory.Total > 0 ? Sizes.Bytes(state.Memory.Total) : "");
        Line(output, "    Swap (current)", state.Memory.SwapUsage > 0 ? Sizes.Bytes(state.Memory.SwapUsage) : "");
        if (state.Network.Count > 0)
        {
            output.WriteLine("  Network usage:");
            foreach (var (name, network) in state.Network.OrderBy(n => n.Key, StringComparer.Ordinal))
            {
                Network(output, name, network);
            }
        }
    }

    private static void Network(TextWriter output, string name, InstanceStateNetwork network)
    {
        output.WriteLine($"    {name}:");
        output.WriteLine($"      Type: {network.Type}");
        output.WriteLine($"      State: {network.State.ToUpperInvariant()}");
        Line(output, "      Host interface", network.HostName);
        Line(output, "      MAC address", network.Hwaddr);
        output.WriteLine($"      MTU: {network.Mtu}");
        output.WriteLine($"      Bytes received: {Sizes.Bytes(network.Counters.BytesReceived)}");
        output.WriteLine($"      Bytes sent: {Sizes.Bytes(network.Counters.BytesSent)}");
        output.WriteLine($"      Packets received: {network.Counters.PacketsReceived}");
        output.WriteLine($"      Packets sent: {network.Counters.PacketsSent}");
        output.WriteLine("      IP addresses:");
        foreach (var address in network.Addresses)
        {
            output.WriteLine($"        {address.Family}:  {address.Address}/{address.Netmask} ({address.Scope})");
        }
    }

    private static void Snapshots(TextWriter output, IReadOnlyList<InstanceSnapshot> snapshots)
    {
        if (snapshots.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine("Snapshots:");
        TableWriter.Bordered(
            output,
            ["NAME", "TAKEN AT", "EXPIRES AT", "STATEFUL"],
            [.. snapshots.Select(s => (string[])[s.Name, Sizes.Time(s.CreatedAt), Sizes.Time(s.ExpiresAt), s.Stateful ? "YES" : "NO"])]);
    }

    private static async Task<string> LogAsync(Session session, InstanceFull info, CancellationToken cancellation)
    {
        var file = info.Type == "virtual-machine" ? "qemu.log" : "lxc.log";
        using var request = session.Client.Request(HttpMethod.Get, $"{Paths.Instance(info.Name)}/logs/{file}");
        using var response = await session.Client.OpenAsync(request, cancellation);
        return await response.Content.ReadAsStringAsync(cancellation);
    }

    private static void Line(TextWriter output, string name, string value)
    {
        if (value.Length > 0)
        {
            output.WriteLine($"{name}: {value}");
        }
    }
}
