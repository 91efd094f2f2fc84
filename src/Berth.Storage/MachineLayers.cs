using Berth.Core;
using Berth.Core.Storage;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Processes;

namespace Berth.Storage;

/// <summary>
/// A machine's chain of disks: <c>disk.qcow2</c>, which is written, lies on <c>layer-ID.qcow2</c> files beside it, which are not, and
/// those on the image's disk. A snapshot is a link to the layer of its moment. Layers name each other without a directory, so that the
/// volume can be renamed and copied. Every step is a rename or adds a file that nobody names yet.
/// </summary>
internal static class MachineLayers
{
    private const string LayerPrefix = "layer-";
    private const string LayerSuffix = ".qcow2";

    /// <summary>Each costs QEMU two descriptors and a look for whatever lies below it.</summary>
    private const int MostLayers = 200;

    /// <summary>For reading and writing the largest disk once.</summary>
    private static readonly TimeSpan LongestWork = TimeSpan.FromHours(12);

    /// <summary>Makes the present disk a layer that <paramref name="staging"/> links to, and prepares the file to go on with.</summary>
    public static void Freeze(string directory, string staging)
    {
        var disk = Path.Combine(directory, PoolLayout.DiskFile);
        if (Chain(directory, Qcow2.ReadBacking(disk)).Count() >= MostLayers)
        {
            throw BerthException.Conflict($"The disk lies on {MostLayers} snapshots already, which is the most: delete those that are not needed");
        }

        var layer = $"{LayerPrefix}{Guid.NewGuid():N}{LayerSuffix}";
        FileOperations.Link(disk, Path.Combine(directory, layer));
        File.CreateSymbolicLink(Path.Combine(staging, PoolLayout.DiskFile), LinkTo(layer));
        MakeNext(directory, layer);
    }

    /// <summary>Goes on with what was prepared: from here on the layer is not written any more.</summary>
    public static void Switch(string directory)
    {
        File.Move(Path.Combine(directory, PoolLayout.NewDiskFile), Path.Combine(directory, PoolLayout.DiskFile), overwrite: true);
        FileOperations.SyncDirectory(directory);
    }

    /// <summary>Gives up what was prepared.</summary>
    public static void Abandon(string directory)
    {
        File.Delete(Path.Combine(directory, PoolLayout.NewDiskFile));
        RemoveUnused(directory);
    }

    /// <summary>Makes the layer of a snapshot the disk again: nothing was written above it.</summary>
    public static void Undo(string directory, string snapshot)
    {
        var layer = Path.Combine(directory, LayerOf(snapshot));
        var next = Path.Combine(directory, PoolLayout.NewDiskFile);
        File.Delete(next);
        FileOperations.Link(layer, next);
        Switch(directory);
    }

    /// <summary>Puts the disk back to a snapshot: a new, empty one on the layer of that moment.</summary>
    public static void Restore(string directory, string snapshot)
    {
        MakeNext(directory, LayerOf(snapshot));
        Switch(directory);
        RemoveUnused(directory);
    }

    /// <summary>What a crash left: an unfinished switch is finished where its snapshot is there, and undone where it is not.</summary>
    public static void Complete(string directory)
    {
        var next = Path.Combine(directory, PoolLayout.NewDiskFile);
        if (File.Exists(next))
        {
            if (BackingOf(next) is { } layer && Snapshots(directory).Contains(layer))
            {
                Switch(directory);
            }
            else
            {
                File.Delete(next);
            }
        }

        RemoveUnused(directory);
    }

    /// <summary>Removes layers that neither a snapshot nor another disk needs.</summary>
    public static void RemoveUnused(string directory)
    {
        while (true)
        {
            var files = Read(directory);
            var needed = files.Values.OfType<string>().Concat(Snapshots(directory)).ToHashSet(StringComparer.Ordinal);
            var unused = files.Keys.Where(name => name != PoolLayout.DiskFile && !needed.Contains(name)).ToList();
            if (unused.Count == 0 || !files.ContainsKey(PoolLayout.DiskFile))
            {
                return;
            }

            unused.ForEach(name => File.Delete(Path.Combine(directory, name)));
        }
    }

    /// <summary>A layer that only the disk above it needs: that one can take over what it holds.</summary>
    public static DiskMerge? NextMerge(string directory)
    {
        var files = Read(directory);
        var snapshots = Snapshots(directory).ToHashSet(StringComparer.Ordinal);
        foreach (var (layer, below) in files.Where(f => f.Key != PoolLayout.DiskFile && !snapshots.Contains(f.Key)))
        {
            if (files.Where(f => f.Value == layer).Select(f => f.Key).ToList() is [var above])
            {
                return new(
                    Path.Combine(directory, above), Path.Combine(directory, layer), below is null ? null : Path.Combine(directory, below), below);
            }
        }

        return null;
    }

    /// <summary>
    /// Merges while nothing has the disks open. qemu-img copies first and changes the header last: at any point the disk reads the same.
    /// </summary>
    public static async Task MergeAsync(DiskMerge merge, CancellationToken cancel)
    {
        string[] onto = merge.BelowName is null ? ["-b", ""] : ["-b", merge.BelowName, "-F", "qcow2"];
        await RunAsync(["qemu-img", "rebase", "-q", "-f", "qcow2", "-t", "writeback", .. onto, merge.Disk], cancel);
    }

    /// <summary>Copies a disk with all below it that belongs to the volume, and what the snapshots that are named need.</summary>
    /// <param name="top">Name of the file that becomes the copy's disk.</param>
    public static void Copy(string directory, string top, string to, uint owner, IEnumerable<string> snapshots, CancellationToken cancel)
    {
        foreach (var (name, newName) in Needed(directory, top, snapshots))
        {
            CopyFile(Path.Combine(directory, name), Path.Combine(to, newName), owner, cancel);
        }
    }

    /// <summary>As <see cref="Copy"/>, from another pool: what lay on an image there lies on this pool's, or takes in what it has of it.</summary>
    public static async Task ImportAsync(
        string directory, string top, string to, string? imageDisk, uint owner, IEnumerable<string> snapshots, CancellationToken cancel)
    {
        foreach (var (name, newName) in Needed(directory, top, snapshots))
        {
            var (from, target) = (Path.Combine(directory, name), Path.Combine(to, newName));
            var backing = Qcow2.ReadBacking(from);
            if (backing is not null && !IsLayer(backing) && imageDisk is null)
            {
                await RunAsync(["qemu-img", "convert", "-q", "-f", "qcow2", "-O", "qcow2", from, target], cancel);
                FileOperations.SetOwner(target, owner, owner);
                File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                continue;
            }

            await Task.Run(() => CopyFile(from, target, owner, cancel), cancel);
            if (backing is not null && !IsLayer(backing))
            {
                await RunAsync(["qemu-img", "rebase", "-q", "-u", "-f", "qcow2", "-b", imageDisk!, "-F", "qcow2", target], cancel);
            }
        }
    }

    private static IEnumerable<(string Name, string NewName)> Needed(string directory, string top, IEnumerable<string> snapshots) =>
        snapshots.Select(LayerOf).Append(Qcow2.ReadBacking(Path.Combine(directory, top)))
            .SelectMany(first => Chain(directory, first)).Distinct(StringComparer.Ordinal).Select(layer => (layer, layer))
            .Append((top, PoolLayout.DiskFile));

    private static Task<CommandResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancel) =>
        Spawner.RunCheckedAsync(command, new CommandOptions { Timeout = LongestWork }, cancel);

    public static string LayerOf(string snapshot) =>
        Path.GetFileName(new FileInfo(Path.Combine(snapshot, PoolLayout.DiskFile)).LinkTarget)
        ?? throw BerthException.Internal($"{snapshot} has no disk");

    public static string LinkTo(string layer) => Path.Combine("..", "..", layer);

    /// <summary>Null also where the file was not written to its end.</summary>
    private static string? BackingOf(string unfinished)
    {
        try
        {
            return Qcow2.ReadBacking(unfinished);
        }
        catch (BerthException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Chain(string directory, string? layer)
    {
        for (; layer is not null && IsLayer(layer); layer = Qcow2.ReadBacking(Path.Combine(directory, layer)))
        {
            yield return layer;
        }
    }

    private static void MakeNext(string directory, string layer)
    {
        var next = Path.Combine(directory, PoolLayout.NewDiskFile);
        File.Delete(next);
        Qcow2.Create(next, Qcow2.ReadVirtualSize(Path.Combine(directory, layer)), layer);
        var owner = FileStatus.Of(Path.Combine(directory, layer));
        FileOperations.SetOwner(next, (uint)owner.Uid, (uint)owner.Gid);
        using (var file = Fd.Open(next, OpenFlags.ReadOnly))
        {
            FileOperations.Sync(file);
        }

        FileOperations.SyncDirectory(directory);
    }

    private static void CopyFile(string from, string to, uint owner, CancellationToken cancel)
    {
        using var source = Fd.Open(from, OpenFlags.ReadOnly);
        using var target = Fd.Open(to, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, Qcow2.OwnerOnly);
        FileCopy.Copy(source, target, null, cancel);
        FileOperations.SetOwner(to, owner, owner);
    }

    /// <summary>The volume's disks, and what each lies on.</summary>
    private static Dictionary<string, string?> Read(string directory) =>
        Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path)).Where(name => name == PoolLayout.DiskFile || IsLayer(name))
            .ToDictionary(name => name, name => Qcow2.ReadBacking(Path.Combine(directory, name)), StringComparer.Ordinal);

    private static IEnumerable<string> Snapshots(string directory) =>
        VolumeSnapshots.List(directory).Select(name => LayerOf(Path.Combine(VolumeSnapshots.Root(directory), name)));

    private static bool IsLayer(string name) => name.StartsWith(LayerPrefix, StringComparison.Ordinal) && name.EndsWith(LayerSuffix, StringComparison.Ordinal);
}
