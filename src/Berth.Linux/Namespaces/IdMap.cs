namespace Berth.Linux.Namespaces;

/// <summary>Maps a container's ids 0 … Count-1 to the host's HostBase … HostBase+Count-1, for users and groups alike.</summary>
/// <param name="HostBase">The host's id that is 0 inside.</param>
/// <param name="Count">How many ids.</param>
public sealed record IdMap(uint HostBase, uint Count = 65536)
{
    /// <summary>The host's id for one inside.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The container has no such id.</exception>
    public long ToHost(long id) => id >= 0 && id < Count
        ? HostBase + id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The container has the ids 0 to {Count - 1}.");

    /// <summary>The id inside for one of the host; null when the host's id is outside the range (it shows as 65534 there).</summary>
    public long? ToContainer(long hostId) => hostId >= HostBase && hostId < (long)HostBase + Count ? hostId - HostBase : null;
}
