using Berth.Linux.Files;
using Filesystem = Berth.Linux.Files.Btrfs;

namespace Berth.Storage.Btrfs;

/// <summary>Sizes of the subvolumes of a pool.</summary>
/// <param name="pool">The pool's directory.</param>
internal sealed class SubvolumeQuota(string pool)
{
    private readonly Lock _enabling = new();

    /// <summary>Sets a size, or takes it away where sizes are counted at all.</summary>
    public void Change(string subvolume, long? size)
    {
        if (size is not null || Filesystem.QuotaMode(pool) != BtrfsQuotaMode.Disabled)
        {
            Limit(subvolume, size);
        }
    }

    public void Limit(string subvolume, long? size)
    {
        lock (_enabling)
        {
            // On a filesystem of the user's own no simple quotas: they would shut out kernels before 6.7 for ever.
            if (Filesystem.QuotaMode(pool) == BtrfsQuotaMode.Disabled)
            {
                Filesystem.EnableQuota(pool);
            }
        }

        Filesystem.SetQuota(subvolume, size);
    }
}
