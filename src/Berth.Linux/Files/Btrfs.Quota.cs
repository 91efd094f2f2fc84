using System.Buffers.Binary;
using Berth.Linux.Interop;

namespace Berth.Linux.Files;

public static unsafe partial class Btrfs
{
    private const nuint QuotaCtl = 0xC0109428;
    private const nuint QgroupLimit = 0x8030942B;
    private const nuint QuotaRescanWait = 0x942E;
    private const nuint TreeSearch = 0xD0009411;
    private const ulong QuotaTree = 8;
    private const uint QgroupInfoKey = 242;

    /// <summary>Switches quotas on for the whole file system; again is harmless. The first scan goes on in the background.</summary>
    public static void EnableQuota(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.Directory);
        var args = stackalloc ulong[2] { 1, 0 };
        Check.Result(Libc.Ioctl(fd, QuotaCtl, args), "ioctl(BTRFS_IOC_QUOTA_CTL)", path);
    }

    /// <summary>Waits, blocking, until a scan that is going on has counted everything.</summary>
    public static void WaitForQuotaScan(string path)
    {
        using var fd = Fd.Open(path, OpenFlags.Directory);
        Check.Result(Libc.Ioctl(fd, QuotaRescanWait, 0), "ioctl(BTRFS_IOC_QUOTA_RESCAN_WAIT)", path);
    }

    /// <summary>Limits what a subvolume may refer to, in bytes; null: no limit. Writing more is EDQUOT.</summary>
    /// <exception cref="LinuxException">ENOTCONN (107) or ENOENT: quotas are off.</exception>
    public static void SetQuota(string path, long? bytes)
    {
        const ulong maxReferenced = 1;
        using var subvolume = Fd.Open(path, OpenFlags.Directory);

        // struct btrfs_ioctl_qgroup_limit_args: qgroupid (0: this subvolume's), flags, max_rfer, max_excl, rsv_rfer, rsv_excl.
        var args = stackalloc ulong[6] { 0, maxReferenced, bytes is { } limit ? (ulong)limit : ulong.MaxValue, 0, 0, 0 };
        Check.Result(Libc.Ioctl(subvolume, QgroupLimit, args), "ioctl(BTRFS_IOC_QGROUP_LIMIT)", path);
    }

    /// <summary>What a subvolume uses, as of the last commit; null: quotas are off.</summary>
    public static QuotaGroup? ReadQuota(string path)
    {
        var id = SubvolumeId(path);
        using var subvolume = Fd.Open(path, OpenFlags.Directory);

        // struct btrfs_ioctl_search_args: the key (104 bytes), then the items found, each with a header of 32 bytes.
        const int items = 104;
        var args = stackalloc byte[ArgsSize];
        var span = new Span<byte>(args, ArgsSize);
        span.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(span, QuotaTree);
        BinaryPrimitives.WriteUInt64LittleEndian(span[24..], id);
        BinaryPrimitives.WriteUInt64LittleEndian(span[32..], id);
        BinaryPrimitives.WriteUInt64LittleEndian(span[48..], ulong.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(span[56..], QgroupInfoKey);
        BinaryPrimitives.WriteUInt32LittleEndian(span[60..], QgroupInfoKey);
        BinaryPrimitives.WriteUInt32LittleEndian(span[64..], 1);
        if (Libc.Ioctl(subvolume, TreeSearch, args) < 0)
        {
            var e = LinuxException.Last("ioctl(BTRFS_IOC_TREE_SEARCH)", path);
            return e.Errno == Errno.ENOENT ? null : throw e;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(span[64..]) == 0)
        {
            return null;
        }

        // struct btrfs_qgroup_info_item: generation, rfer, rfer_cmpr, excl, excl_cmpr.
        var info = span[(items + 32)..];
        return new QuotaGroup(BinaryPrimitives.ReadInt64LittleEndian(info[8..]), BinaryPrimitives.ReadInt64LittleEndian(info[24..]));
    }
}
