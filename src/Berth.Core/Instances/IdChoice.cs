using System.Globalization;
using Berth.Core.Profiles;

namespace Berth.Core.Instances;

/// <summary>
/// Which host ids an instance gets. It is chosen when the instance is made: its files lie on disk with them, and giving a large tree
/// other owners takes long and cannot be undone half way.
/// </summary>
internal static class IdChoice
{
    private const string Privileged = "security.privileged";
    private const string Base = "security.idmap.base";

    /// <exception cref="BerthException">Conflict: the range that is asked for is another instance's. NoSpace: every range is in use.</exception>
    public static uint Take(InstanceRecord record, ExpandedConfig expanded, IdRanges ranges) =>
        IsPrivileged(record, expanded) ? 0
        : AskedBase(record, expanded) is { } asked ? ranges.Take(asked)
        : ranges.Take();

    /// <exception cref="BerthException">BadRequest: the configuration asks for other ids than the instance has.</exception>
    public static void Verify(InstanceRecord record, ExpandedConfig expanded)
    {
        if (record.Phase == InstancePhase.Creating || record.Kind == InstanceKind.Machine)
        {
            return;
        }

        if (IsPrivileged(record, expanded) != (record.IdBase == 0))
        {
            throw Chosen(record, $"{Privileged}={(record.IdBase == 0 ? "false" : "true")}", Privileged);
        }

        if (AskedBase(record, expanded) is { } asked && asked != record.IdBase)
        {
            throw Chosen(record, $"{Base}={asked}", Base);
        }
    }

    private static BerthException Chosen(InstanceRecord record, string wanted, string key) => BerthException.BadRequest(
        $"{key} is chosen when a container is made, and {record.Id} was made without {wanted}; make a copy that has it: berth copy {record.Name} NEW -c {wanted}");

    private static bool IsPrivileged(InstanceRecord record, ExpandedConfig expanded) =>
        record.Kind == InstanceKind.Container && ConfigCatalogue.IsTrue(expanded.Config.GetValueOrDefault(Privileged));

    private static uint? AskedBase(InstanceRecord record, ExpandedConfig expanded)
    {
        if (record.Kind == InstanceKind.Machine || IsPrivileged(record, expanded)
            || !uint.TryParse(expanded.Config.GetValueOrDefault(Base), NumberStyles.None, CultureInfo.InvariantCulture, out var asked))
        {
            return null;
        }

        return asked is >= ContainerRoot.IdCount and <= uint.MaxValue - ContainerRoot.IdCount
            ? asked
            : throw BerthException.BadRequest($"Invalid {Base} \"{asked}\": give a number from {ContainerRoot.IdCount} to {uint.MaxValue - ContainerRoot.IdCount}");
    }
}
