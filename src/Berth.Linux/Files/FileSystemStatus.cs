namespace Berth.Linux.Files;

/// <summary>statfs(2).</summary>
/// <param name="Type">Magic number, see the constants.</param>
/// <param name="Size">Bytes in all.</param>
/// <param name="Free">Free bytes, those kept for root included.</param>
/// <param name="Available">Free bytes for everybody.</param>
/// <param name="Inodes">Inodes in all; 0 where they are made as needed.</param>
/// <param name="FreeInodes">Free inodes.</param>
public sealed record FileSystemStatus(uint Type, long Size, long Free, long Available, long Inodes, long FreeInodes)
{
    public const uint Btrfs = 0x9123683E;
    public const uint Ext4 = 0xEF53;
    public const uint Xfs = 0x58465342;
    public const uint Tmpfs = 0x01021994;
    public const uint Overlay = 0x794C7630;
    public const uint Zfs = 0x2FC12FC1;
    public const uint Nfs = 0x6969;
    public const uint Cgroup2 = 0x63677270;
}
