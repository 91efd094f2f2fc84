namespace Berth.Linux.Files;

/// <summary>How a file was copied.</summary>
public enum CopyMethod
{
    /// <summary>Both share their blocks until one is written (FICLONE): no data was moved.</summary>
    Reflink,
    /// <summary>The data was copied, its holes stayed holes.</summary>
    Sparse,
}
