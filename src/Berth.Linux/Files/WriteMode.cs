namespace Berth.Linux.Files;

/// <summary>How <see cref="RootedDirectory.OpenWrite"/> treats a file that is there.</summary>
public enum WriteMode
{
    /// <summary>Its content is replaced.</summary>
    Overwrite,
    /// <summary>Its content stays, new bytes go to the end.</summary>
    Append,
    /// <summary>It is an error (EEXIST).</summary>
    CreateNew,
}
