namespace Berth.Linux.Trees;

/// <summary>Moves ids from one range to another one; ids outside the range stay what they are.</summary>
/// <param name="From">First id of the old range.</param>
/// <param name="To">First id of the new range.</param>
/// <param name="Count">Ids in the range.</param>
public readonly record struct IdShift(uint From, uint To, uint Count)
{
    /// <summary>The id after the move.</summary>
    public uint Apply(uint id) => id - From < Count ? id - From + To : id;
}
