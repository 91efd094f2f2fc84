using Berth.Core;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Namespaces;
using Berth.Linux.Trees;
using Microsoft.Win32.SafeHandles;

namespace Berth.Storage.Dir;

/// <summary>
/// Roots as overlays: the image's tree, id-mapped, below; the volume's own <c>upper</c>, with the container's host ids on disk, above.
/// A root with a size has its upper directory in a filesystem of its own, see <see cref="SizedUpper"/>.
/// </summary>
internal sealed partial class OverlayRoots(PoolLayout layout) : IContainerRoots
{
    /// <summary>
    /// Directories of the image can be renamed and files' owners changed without copying them up. Both leave trusted.* attributes in
    /// the upper directory, which only the host's root can write, so that no container can forge them.
    /// </summary>
    private static readonly KeyValuePair<string, string?>[] Options = [new("redirect_dir", "on"), new("metacopy", "on")];

    /// <summary>What lies in the volume itself when it has no size.</summary>
    private static readonly string[] Own = ["upper", "work"];

    public bool ReadsImage => true;

    public void MakeImageTree(string path) => Directory.CreateDirectory(path, PoolLayout.Public);

    public void SealImageTree(string path)
    {
        // The tree is below a private directory and only mounted read-only.
    }

    public async Task CreateAsync(string directory, string? imageTree, uint idBase, long? size, CancellationToken cancel)
    {
        if (size is not { } bytes)
        {
            OverlayRoot.Prepare(Layers(directory, imageTree), new IdMap(idBase));
            return;
        }

        // Made with its content, it need not be mounted here.
        var content = Path.Combine(directory, "content");
        OverlayRoot.Prepare(Layers(content, imageTree), new IdMap(idBase));
        await SizedUpper.CreateAsync(directory, bytes, content, cancel);
        Directory.Delete(content, recursive: true);
    }

    public async Task FillAsync(string directory, uint idBase, Func<string, uint, CancellationToken, Task> fill, CancellationToken cancel)
    {
        using var sized = SizedUpper.Has(directory) ? SizedUpper.Mount(directory) : null;
        var home = sized is null ? directory : Linux.Fd.ProcPath(sized);
        await fill(Path.Combine(home, "upper"), idBase, cancel);
        FileOperations.SyncFileSystem(home);
    }

    public Task<SafeFileHandle> MountAsync(string directory, string? imageTree, uint idBase, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var userNamespace = UserNamespaceFd.Create(new IdMap(idBase));
        // The overlay keeps the upper filesystem alive by itself; this handle only names it until then.
        using var sized = SizedUpper.Has(directory) ? SizedUpper.Mount(directory) : null;
        var layers = Layers(sized is null ? directory : Linux.Fd.ProcPath(sized), imageTree);
        var root = OverlayRoot.Create(layers, userNamespace, Options);
        try
        {
            // A device node in an image must not be one for the container.
            MountApi.SetAttributes(root, MountAttributes.NoDevices);
            return Task.FromResult(root);
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    public Task ResizeAsync(string directory, long? size, CancellationToken cancel) => (SizedUpper.Has(directory), size) switch
    {
        (false, null) => Task.CompletedTask,
        (true, { } bytes) => SizedUpper.GrowAsync(directory, bytes, cancel),
        (false, { } bytes) => GiveSizeAsync(directory, bytes, cancel),
        (true, null) => throw BerthException.Unsupported(
            "The size of a root cannot be taken away in a pool of the driver dir, because the root is a filesystem of that size. Give a larger size"),
    };

    public IEnumerable<string> HalfMade(string directory)
    {
        foreach (var name in SizedUpper.Has(directory) ? Own : [])
        {
            if (Path.Combine(directory, name) is var path && Directory.Exists(path))
            {
                yield return path;
            }
        }
    }

    public Task<(long Used, long Total)?> GetUsageAsync(string directory, bool count, CancellationToken cancel) => Task.Run<(long, long)?>(() =>
        SizedUpper.Has(directory) ? SizedUpper.Usage(directory)
        : count ? (TreeUsage.Bytes(Path.Combine(directory, "upper"), cancel), 0)
        : null, cancel);

    public async Task CopyAsync(string from, string to, uint idBase, uint newIdBase, CancellationToken cancel)
    {
        if (!SizedUpper.Has(from))
        {
            await Task.Run(() => CopyUpper(from, to, idBase, newIdBase, cancel), cancel);
            return;
        }

        await SizedUpper.CreateAsync(to, SizedUpper.Size(from), null, cancel);
        await Task.Run(() =>
        {
            using var source = SizedUpper.Mount(from);
            using var target = SizedUpper.Mount(to);
            CopyUpper(Linux.Fd.ProcPath(source), Linux.Fd.ProcPath(target), idBase, newIdBase, cancel);
        }, cancel);
    }

    /// <summary>Moves the upper directory of a stopped root into a filesystem of its own.</summary>
    private static async Task GiveSizeAsync(string directory, long size, CancellationToken cancel)
    {
        if (OverlayUse.IsInUse(Path.Combine(directory, "upper")))
        {
            throw BerthException.Unsupported(
                "A root without a size gets one in a pool of the driver dir only while the instance is stopped, because its files move into a filesystem "
                + "of that size. Stop the instance first");
        }

        if (TreeUsage.Bytes(Path.Combine(directory, "upper"), cancel) is var used && used >= size)
        {
            throw BerthException.BadRequest($"The root holds {used} bytes already, more than a size of {size} bytes. Delete files first, or give a larger size");
        }

        var staging = Path.Combine(directory, PoolLayout.StagingName());
        try
        {
            Directory.CreateDirectory(staging, PoolLayout.Private);
            await SizedUpper.CreateAsync(staging, size, null, cancel);
            await Task.Run(() =>
            {
                using var target = SizedUpper.Mount(staging);
                CopyUpper(directory, Linux.Fd.ProcPath(target), 0, 0, cancel);
                FileOperations.SyncFileSystem(Linux.Fd.ProcPath(target));
            }, cancel);
            // From here on the root is the new one; what is left of the old one goes here, or after a crash when the pool is opened.
            SizedUpper.Move(staging, directory);
        }
        catch
        {
            TreeRemover.Remove(staging, null, CancellationToken.None);
            throw;
        }

        Directory.Delete(staging);
        Own.ToList().ForEach(name => TreeRemover.Remove(Path.Combine(directory, name), null, CancellationToken.None));
    }

    private static void CopyUpper(string from, string to, uint idBase, uint newIdBase, CancellationToken cancel)
    {
        var upper = Path.Combine(to, "upper");
        var links = Path.Combine(to, "links");
        Directory.CreateDirectory(upper);
        Directory.CreateDirectory(Path.Combine(to, "work"));
        Directory.CreateDirectory(links);
        TreeCopier.Copy(Path.Combine(from, "upper"), upper, links, new IdShift(idBase, newIdBase, Core.Instances.ContainerRoot.IdCount), cancel);
    }

    private OverlayLayers Layers(string directory, string? imageTree) =>
        new(imageTree ?? layout.Empty, Path.Combine(directory, "upper"), Path.Combine(directory, "work"));
}
