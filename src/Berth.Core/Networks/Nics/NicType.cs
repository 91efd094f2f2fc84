namespace Berth.Core.Networks;

/// <summary>What the host's side of a NIC is connected to (<c>nictype</c>).</summary>
public enum NicType
{
    /// <summary>A bridge.</summary>
    Bridged,

    /// <summary>Nothing: the host's end is an interface of the host, which routes to it.</summary>
    P2p,

    /// <summary>An interface of the host, with a MAC address of its own beside the host's.</summary>
    MacVlan,

    /// <summary>It is an interface of the host, which the instance has for itself while it runs.</summary>
    Physical,
}
