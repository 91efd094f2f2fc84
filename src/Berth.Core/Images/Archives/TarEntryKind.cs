namespace Berth.Core.Images.Archives;

/// <summary>What a tar entry is.</summary>
internal enum TarEntryKind
{
    File,
    Directory,
    SymbolicLink,
    HardLink,
    CharacterDevice,
    BlockDevice,
    Fifo,
}
