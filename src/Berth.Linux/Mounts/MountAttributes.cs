namespace Berth.Linux.Mounts;

/// <summary>MOUNT_ATTR_* of mount_setattr(2) and fsmount(2).</summary>
[Flags]
public enum MountAttributes : uint
{
    None = 0,
    ReadOnly = 0x1,
    NoSuid = 0x2,
    NoDevices = 0x4,
    NoExec = 0x8,
    NoAccessTime = 0x10,
    NoSymlinkFollow = 0x200000,
}
