using System.Collections.Immutable;
using Berth.Core.Networks;
using Berth.Core.Profiles;

namespace Berth.Core.Instances;

/// <summary>
/// The network cards of instances: what they are called, made ready before a start, and given back after the end. What was
/// chosen once (MAC, host interface) is kept in <c>volatile.*</c> and stays for the instance's life.
/// </summary>
public sealed class InstanceNics(NetworkService networks, ProfileService profiles, InstanceRegistry registry)
{
    /// <summary>Lets networks see which cards there are, so that no MAC, name or address is given twice.</summary>
    public void Attach() => networks.NicsInUse = InUse;

    /// <summary>The cards of an instance, with nothing left to choose.</summary>
    public async Task<ImmutableArray<NicSpec>> ResolveAsync(InstanceRecord record, CancellationToken cancel)
    {
        var expanded = profiles.Expand(record);
        var nics = ImmutableArray.CreateBuilder<NicSpec>();
        foreach (var (device, config) in expanded.Nics)
        {
            nics.Add(await networks.ResolveNicAsync(new(record.Id.Key, record.Kind, device, config, expanded.Config), cancel));
        }

        return nics.ToImmutable();
    }

    /// <summary>The record with what was chosen for its cards, and without what belonged to cards that are gone.</summary>
    public async Task<InstanceRecord> CompleteAsync(InstanceRecord record, CancellationToken cancel)
    {
        var nics = await ResolveAsync(record, cancel);
        var config = record.Config.ToBuilder();
        foreach (var nic in nics)
        {
            if (nic.Before is { } before)
            {
                config[$"volatile.{nic.Device}.last_state.hwaddr"] = before.Mac;
                config[$"volatile.{nic.Device}.last_state.mtu"] = before.Mtu.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }
            else if (nic.Type != NicType.Physical)
            {
                config[$"volatile.{nic.Device}.hwaddr"] = nic.Mac;
            }

            if (nic.HostName.Length > 0)
            {
                config[$"volatile.{nic.Device}.host_name"] = nic.HostName;
            }
        }

        return record with { Config = config.ToImmutable() };
    }

    /// <summary>One card of an instance, with nothing left to choose.</summary>
    public Task<NicSpec> ResolveAsync(InstanceRecord record, string device, CancellationToken cancel)
    {
        var expanded = profiles.Expand(record);
        return networks.ResolveNicAsync(new(record.Id.Key, record.Kind, device, expanded.Devices[device], expanded.Config), cancel);
    }

    /// <summary>Makes the cards' networks ready; machines get their taps.</summary>
    public async Task AttachAsync(InstanceRecord record, ImmutableArray<NicSpec> cards, CancellationToken cancel)
    {
        foreach (var nic in cards)
        {
            await networks.AttachAsync(record.Id.Key, record.Name, nic, cancel);
            if (record.Kind == InstanceKind.Machine)
            {
                await networks.CreateTapAsync(nic, record.IdBase, multiQueue: false, cancel);
            }
        }
    }

    /// <summary>Limits what the instance receives; its cards must be there.</summary>
    public static async Task LimitAsync(IEnumerable<NicSpec> cards, CancellationToken cancel)
    {
        foreach (var nic in cards)
        {
            await NetworkService.LimitAsync(nic, cancel);
        }
    }

    /// <summary>Gives back the host's interfaces. Repeatable.</summary>
    public async Task ReleaseAsync(ImmutableArray<NicSpec> nics, CancellationToken cancel)
    {
        foreach (var nic in nics)
        {
            await networks.ReleaseAsync(nic, cancel);
        }
    }

    /// <summary>Forgets an instance's names and addresses.</summary>
    public Task ForgetAsync(InstanceRecord record, CancellationToken cancel) => networks.DeleteHostAsync(record.Id.Key, cancel);

    private IReadOnlyList<NicUse> InUse() =>
    [
        .. from instance in registry.All
           let expanded = profiles.Expand(instance.Record)
           from nic in expanded.Nics
           let use = NicUse.From(instance.Id.Key, nic.Key, nic.Value, expanded.Config)
           where use is not null
           select use,
    ];
}
