namespace Berth.Linux;

/// <summary>RESOLVE_* of openat2(2): how a path may be walked.</summary>
[Flags]
public enum ResolveFlags
{
    None = 0,
    /// <summary>No mount point is crossed (EXDEV).</summary>
    NoMountPoints = 1,
    /// <summary>No magic link of /proc is followed (ELOOP).</summary>
    NoMagicLinks = 2,
    /// <summary>No symbolic link at all is followed (ELOOP).</summary>
    NoSymlinks = 4,
    /// <summary>Leaving the directory is an error (EXDEV).</summary>
    Beneath = 8,
    /// <summary>The directory is the root: absolute paths, links and <c>..</c> stay below it.</summary>
    InRoot = 16,
}
