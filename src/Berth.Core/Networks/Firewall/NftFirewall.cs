using System.Text;
using Berth.Core.Networks.Config;
using Berth.Linux.Processes;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Networks.Firewall;

/// <summary>Keeps the daemon's nftables table as its networks want it.</summary>
internal sealed class NftFirewall(string table, ILogger log)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>What could not be had, for people; null when everything is in place.</summary>
    public string? Problem { get; private set; }

    /// <summary>
    /// Replaces the table. A kernel without NAT, or without nftables at all, costs what needs it and nothing more: instances
    /// still reach each other.
    /// </summary>
    public async Task ApplyAsync(IReadOnlyCollection<NetworkConfig> networks, CancellationToken cancel)
    {
        var failure = await TryAsync(NftRuleset.Build(table, networks, nat: true), cancel);
        if (failure is null)
        {
            Problem = null;
            return;
        }

        var withoutNat = await TryAsync(NftRuleset.Build(table, networks, nat: false), cancel);
        Problem = withoutNat is null
            ? $"no NAT: instances do not reach the outside through this host ({failure})"
            : $"no firewall rules and no NAT: nftables does not work on this host ({withoutNat})";
        NetworkLog.FirewallIncomplete(log, table, Problem);
    }

    /// <summary>Null, or why it failed.</summary>
    private static async Task<string?> TryAsync(string ruleset, CancellationToken cancel)
    {
        try
        {
            await Spawner.RunCheckedAsync(
                [HostCommand.Find("nft", "nftables"), "-f", "-"], new() { StdinBytes = Encoding.UTF8.GetBytes(ruleset), Timeout = Deadline }, cancel);
            return null;
        }
        catch (BerthException e)
        {
            return e.Message;
        }
        catch (CommandException e)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }
}
