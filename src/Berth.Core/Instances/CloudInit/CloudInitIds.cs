using Berth.Core.Profiles;

namespace Berth.Core.Instances.CloudInit;

/// <summary>
/// The id by which cloud-init knows an instance. As in Incus it changes with whatever cloud-init has to do again: a new name, a copy,
/// other data for it, other names of network cards.
/// </summary>
internal static class CloudInitIds
{
    /// <summary>The id; of an instance from before there were ids, its UUID.</summary>
    public static string Of(InstanceRecord record) => record.Config.GetValueOrDefault(VolatileKeys.CloudInitId) ?? record.Uuid.ToString();

    public static InstanceRecord Renew(InstanceRecord record) =>
        record with { Config = record.Config.SetItem(VolatileKeys.CloudInitId, Guid.NewGuid().ToString()) };

    /// <summary>Keeps the id that a client left out, and renews it where cloud-init gets something else.</summary>
    public static InstanceRecord Follow(InstanceRecord old, ExpandedConfig before, InstanceRecord wanted, ExpandedConfig after)
    {
        var asked = wanted.Config.GetValueOrDefault(VolatileKeys.CloudInitId);
        if (asked is not null && asked != Of(old))
        {
            return wanted;
        }

        return GivesOther(before, after) ? Renew(wanted) : wanted with { Config = wanted.Config.SetItem(VolatileKeys.CloudInitId, Of(old)) };
    }

    public static bool GivesOther(ExpandedConfig before, ExpandedConfig after) =>
        Seed.Data(before) != Seed.Data(after)
        || before.Config.GetValueOrDefault("user.meta-data", "") != after.Config.GetValueOrDefault("user.meta-data", "")
        || !NicNames(before).SequenceEqual(NicNames(after));

    private static IEnumerable<(string Device, string Name)> NicNames(ExpandedConfig expanded) =>
        expanded.Nics.Select(nic => (nic.Key, nic.Value.GetValueOrDefault("name", nic.Key)));
}
