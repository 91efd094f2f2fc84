namespace Berth.Guest.Messages;

public enum GuestFileKind
{
    File,
    Directory,
    Symlink,
    Other,
}

/// <param name="Mode">Permission bits (07777).</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedUnixMicroseconds">Last change of the content.</param>
public sealed record GuestFile(
    string Name, GuestFileKind Kind, uint Uid, uint Gid, uint Mode, long Size, long ModifiedUnixMicroseconds, string? Target = null);
