namespace Berth.Linux.Files;

/// <summary>What to set on a file; null leaves what is there (or the default of what is made: 0, 0, 0644, directories 0755).</summary>
/// <param name="Uid">Owner, inside the container where there is one.</param>
/// <param name="Gid">Group, inside the container where there is one.</param>
/// <param name="Mode">Permission bits, 0 to 07777.</param>
public sealed record FileAttributeChange(long? Uid = null, long? Gid = null, int? Mode = null)
{
    /// <summary>Changes nothing.</summary>
    public static FileAttributeChange None { get; } = new();
}
