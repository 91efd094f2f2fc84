namespace Berth.Linux;

/// <summary>Flags of open(2). O_CLOEXEC and O_LARGEFILE are always set. The values are x86-64's; other architectures are translated.</summary>
[Flags]
public enum OpenFlags
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    Create = 0x40,
    Exclusive = 0x80,
    NoControllingTerminal = 0x100,
    Truncate = 0x200,
    Append = 0x400,
    NonBlocking = 0x800,
    Direct = 0x4000,
    Directory = 0x10000,
    NoFollow = 0x20000,
    NoAccessTime = 0x40000,
    /// <summary>O_PATH: names the file without opening it; no permission on the file itself is needed.</summary>
    Path = 0x200000,
    /// <summary>O_TMPFILE: an unnamed file in the directory that the path names.</summary>
    Temporary = 0x400000 | Directory,
}
