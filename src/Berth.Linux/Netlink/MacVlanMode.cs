namespace Berth.Linux.Netlink;

/// <summary>Who on the same parent hears whom (linux/if_link.h, <c>MACVLAN_MODE_*</c>).</summary>
#pragma warning disable CA1008 // The kernel has no zero here.
public enum MacVlanMode
#pragma warning restore CA1008
{
    /// <summary>Nobody.</summary>
    Private = 1,

    /// <summary>All, through the switch outside, which sends back.</summary>
    Vepa = 2,

    /// <summary>All.</summary>
    Bridge = 4,

    /// <summary>There is one alone, which takes the parent over.</summary>
    Passthru = 8,
}
