namespace Berth.Linux.Netlink;

/// <summary>An interface came, changed or went.</summary>
/// <param name="Removed">It is gone (or left for another namespace).</param>
/// <param name="Link">As it is now, or was.</param>
public sealed record LinkEvent(bool Removed, Link Link);
