namespace Berth.Linux.Cgroups;

/// <summary>How a host lays out its control groups.</summary>
public enum CgroupLayout
{
    /// <summary>v2 alone: every controller in one tree.</summary>
    Unified,
    /// <summary>Controllers in v1 hierarchies, and a v2 hierarchy beside them.</summary>
    Hybrid,
    /// <summary>v1 alone.</summary>
    Legacy,
}
