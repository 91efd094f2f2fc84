namespace Berth.Linux.Files;

/// <summary>Flags of renameat2(2).</summary>
[Flags]
public enum RenameFlags
{
    None = 0,
    /// <summary>EEXIST when the new name is taken.</summary>
    NoReplace = 1,
    /// <summary>Both names change places, in one step.</summary>
    Exchange = 2,
}
