using System.Text;
using Berth.Linux.Processes;

namespace Berth.Core.Networks;

/// <summary>Puts guards on the host's ends of NICs, and takes them away. Each has an nftables table of its own, so that none waits for another.</summary>
internal sealed class NicGuards(string table)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Before the interface is there: no frame of it passes unseen.</summary>
    public async Task SetRulesAsync(NicSpec nic, CancellationToken cancel)
    {
        if (nic.Guard.HasRules)
        {
            await RunAsync(nic, "security.* and limits.egress", ["nft", "-f", "-"], "nftables", nic.Guard.Rules(TableOf(nic), nic), cancel);
        }
    }

    /// <summary>Limits what the instance receives; the interface must be there.</summary>
    public static async Task LimitAsync(NicSpec nic, CancellationToken cancel)
    {
        if (nic.Guard.Ingress is { } bits)
        {
            await RunAsync(
                nic,
                "limits.ingress",
                ["tc", "qdisc", "replace", "dev", nic.HostName, "root", "tbf", "rate", $"{bits}bit", "burst", $"{NicGuard.Burst(bits)}", "latency", "100ms"],
                "iproute2",
                null,
                cancel);
        }
    }

    public async Task RemoveAsync(NicSpec nic, CancellationToken cancel)
    {
        if (nic.Guard.HasRules)
        {
            await RunAsync(nic, "security.*", ["nft", "-f", "-"], "nftables", NicGuard.Removal(TableOf(nic), nic), cancel);
        }
    }

    /// <summary>Names of tables have fewer characters than those of interfaces.</summary>
    private string TableOf(NicSpec nic) =>
        $"{table}_nic_" + string.Concat(nic.HostName.Select(c => char.IsAsciiLetterOrDigit(c) ? c.ToString() : $"_{(int)c:x2}"));

    private static async Task RunAsync(NicSpec nic, string keys, string[] command, string package, string? input, CancellationToken cancel)
    {
        try
        {
            command[0] = HostCommand.Find(command[0], package);
            await Spawner.RunCheckedAsync(command, new() { StdinBytes = input is null ? null : Encoding.UTF8.GetBytes(input), Timeout = Deadline }, cancel);
        }
        catch (CommandException e)
        {
            throw BerthException.Unsupported($"Device \"{nic.Device}\": this host cannot enforce {keys}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }
}
