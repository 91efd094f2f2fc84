namespace Berth.Linux.Files;

/// <summary>How a btrfs filesystem counts what each subvolume holds.</summary>
public enum BtrfsQuotaMode
{
    Disabled,

    /// <summary>Quota groups: shared extents are tracked, which costs at every change.</summary>
    Groups,

    /// <summary>Simple quotas (Linux 6.7): an extent belongs to the subvolume that wrote it.</summary>
    Simple,
}
