namespace Berth.Linux.Trees;

/// <summary>What a file of a tree has beside its content.</summary>
/// <param name="Mode">Permission bits with setuid, setgid and sticky.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="ModifiedNs">Modification time, nanoseconds since 1970.</param>
/// <param name="Extended">Extended attributes, name to value; not for symbolic links.</param>
public sealed record TreeAttributes(
    int Mode, uint Uid, uint Gid, long ModifiedNs, IReadOnlyCollection<KeyValuePair<string, byte[]>> Extended);
