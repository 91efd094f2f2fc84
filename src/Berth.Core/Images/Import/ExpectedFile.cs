namespace Berth.Core.Images.Import;

/// <summary>What was promised of a file before it was received.</summary>
/// <param name="Sha256">Lower-case hex; empty when nothing was said.</param>
/// <param name="Size">Bytes; 0 when nothing was said.</param>
public sealed record ExpectedFile(string Sha256, long Size)
{
    public static readonly ExpectedFile Anything = new("", 0);

    /// <summary>Ends the reception as soon as there is more than was promised.</summary>
    internal void CheckGrowth(string filename, long received)
    {
        if (Size > 0 && received > Size)
        {
            throw BerthException.BadRequest($"{filename} is larger than the {Size} bytes that its server promises: it is damaged, or another one");
        }
    }

    internal void CheckWhole(string filename, long size, string sha256)
    {
        if (Size > 0 && size != Size)
        {
            throw BerthException.BadRequest($"{filename} has {size} bytes, its server promises {Size}: the download was cut off; try again");
        }

        if (Sha256.Length > 0 && !Sha256.Equals(sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw BerthException.BadRequest($"{filename} has the SHA-256 {sha256}, its server promises {Sha256}: it is damaged, or another one");
        }
    }
}
