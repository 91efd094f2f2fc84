using System.Runtime.InteropServices;
using Berth.Core;
using Berth.Linux.Trees;

namespace Berth.Storage.Dir;

/// <summary>A directory of the host that a pool lives in.</summary>
/// <param name="removeWhole">For <see cref="TreeRemover"/>, where the driver has a quick way.</param>
internal sealed class DirHome(PoolLayout layout, string poolsDirectory, Func<SafeHandle, SafeHandle, ReadOnlyMemory<byte>, bool>? removeWhole = null) : IPoolHome
{
    /// <summary>A new pool goes into a directory that is empty, or that an interrupted creation began.</summary>
    /// <exception cref="BerthException">Conflict: something else is in there.</exception>
    public static void CheckEmpty(string directory)
    {
        var own = new PoolLayout(directory).Names;
        if (Directory.Exists(directory)
            && Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).FirstOrDefault(name => name != "lost+found" && !own.Contains(name!)) is { } other)
        {
            throw BerthException.Conflict($"{directory} is not empty (it has {other}): give an empty or a new directory as the pool's source");
        }
    }

    public Task ReleaseAsync(CancellationToken cancel) => Task.CompletedTask;

    public Task GrowAsync(long size, CancellationToken cancel) =>
        throw BerthException.BadRequest("The pool is a directory and has the size of its filesystem: grow that one");

    public Task DestroyAsync(CancellationToken cancel) => Task.Run(() =>
    {
        RemoveContent(cancel);

        // A directory that the user gave is the user's.
        if (Path.GetDirectoryName(layout.Root) == Path.TrimEndingDirectorySeparator(poolsDirectory)
            && !Directory.EnumerateFileSystemEntries(layout.Root).Any())
        {
            Directory.Delete(layout.Root);
        }
    }, cancel);

    /// <summary>Removes the pool's own directories, nothing else.</summary>
    private void RemoveContent(CancellationToken cancel)
    {
        foreach (var name in layout.Names)
        {
            var path = Path.Combine(layout.Root, name);
            if (File.Exists(path))
            {
                File.Delete(path);
            }
            else
            {
                TreeRemover.Remove(path, removeWhole, cancel);
            }
        }
    }
}
