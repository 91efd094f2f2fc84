namespace Berth.Linux.Files;

/// <summary>What a btrfs subvolume uses.</summary>
/// <param name="Referenced">Bytes reachable from it, shared or not.</param>
/// <param name="Exclusive">Bytes that only it has: what deleting it frees.</param>
public sealed record QuotaGroup(long Referenced, long Exclusive);
