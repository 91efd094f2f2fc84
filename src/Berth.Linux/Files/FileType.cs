namespace Berth.Linux.Files;

/// <summary>What a file is: S_IFMT of inode(7), shifted right by 12.</summary>
public enum FileType
{
    Unknown = 0,
    Fifo = 1,
    CharacterDevice = 2,
    Directory = 4,
    BlockDevice = 6,
    Regular = 8,
    SymbolicLink = 10,
    Socket = 12,
}
