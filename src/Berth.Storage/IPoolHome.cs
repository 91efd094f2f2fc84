namespace Berth.Storage;

/// <summary>Where a pool lives and what holds it: a directory of the host, or a filesystem that is mounted for it.</summary>
internal interface IPoolHome
{
    /// <summary>Gives the pool's filesystem back; running instances keep what they use.</summary>
    Task ReleaseAsync(CancellationToken cancel);

    /// <summary>Makes the pool larger, while it is used.</summary>
    /// <exception cref="Core.BerthException">BadRequest: it would shrink, or has no size of its own.</exception>
    Task GrowAsync(long size, CancellationToken cancel);

    /// <summary>Removes the pool's place after its content has gone. Nothing that somebody else made is touched.</summary>
    Task DestroyAsync(CancellationToken cancel);
}
