using Berth.Core;
using Berth.Core.Devices;
using Berth.Core.Instances;
using Berth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Berth.Containers.Devices;

/// <summary>The mounts of devices on the host's side: one place each below the container's runtime directory.</summary>
internal static class Staging
{
    /// <summary>Opens every device's mount and puts it into its place. What was put is released with the container's leftovers.</summary>
    public static async Task<IReadOnlyList<StagedMount>> StageAsync(RunSpec spec, ContainerPaths paths, CancellationToken cancel)
    {
        List<StagedMount> staged = [];

        // What lies above comes first.
        foreach (var part in spec.Devices.OfType<MountPart>().OrderBy(p => p.Target, StringComparer.Ordinal))
        {
            using var opened = await part.OpenAsync(cancel);
            if (opened is not null)
            {
                staged.Add(Put(part, opened, paths));
            }
        }

        return staged;
    }

    /// <summary>Puts the mount of a device that is plugged in into its place too: a reboot brings it back before init runs.</summary>
    /// <returns>A copy of it, for the container that runs.</returns>
    public static SafeFileHandle Add(MountPart part, OpenedMount opened, ContainerPaths paths)
    {
        var source = SourceOf(part, paths);
        if (!Lines(paths).Any(l => l.StartsWith(source, StringComparison.Ordinal)))
        {
            var mount = Put(part, opened, paths);
            WriteLines(paths, [.. Lines(paths).Append(mount.Entry).OrderBy(Target, StringComparer.Ordinal)]);
        }

        // From its place: not every kernel copies a mount that has none.
        return MountApi.CloneTree(PlaceOf(part, paths), recursive: true);
    }

    /// <summary>Writes what liblxc mounts at each boot.</summary>
    public static void WriteTable(ContainerPaths paths, IReadOnlyList<StagedMount> mounts) => WriteLines(paths, [.. mounts.Select(m => m.Entry)]);

    /// <summary>Takes a device's mount out of its place, so that no reboot brings it back.</summary>
    public static void Remove(MountPart part, ContainerPaths paths)
    {
        var source = SourceOf(part, paths);
        WriteLines(paths, [.. Lines(paths).Where(l => !l.StartsWith(source, StringComparison.Ordinal))]);
        var place = PlaceOf(part, paths);
        MountApi.UnmountTree(place);
        if (Directory.Exists(place))
        {
            Directory.Delete(place);
        }

        File.Delete(place);
    }

    /// <summary>Releases all places of a container that does not run.</summary>
    public static void Release(ContainerPaths paths)
    {
        if (!Directory.Exists(paths.Devices))
        {
            return;
        }

        MountApi.UnmountTree(paths.Devices);

        // Never recursive: were something still mounted, that would delete the user's files.
        foreach (var place in Directory.EnumerateDirectories(paths.Devices))
        {
            Directory.Delete(place);
        }

        foreach (var place in Directory.EnumerateFiles(paths.Devices))
        {
            File.Delete(place);
        }

        Directory.Delete(paths.Devices);
    }

    /// <summary>Checks that liblxc did put them in: it leaves out what it cannot mount.</summary>
    /// <exception cref="BerthException">BadRequest that names the device.</exception>
    public static void RequireMounted(InstanceId id, int init, IReadOnlyList<StagedMount> staged)
    {
        if (staged.Count == 0)
        {
            return;
        }

        var table = MountTable.Read(init);
        if (staged.FirstOrDefault(s => table.At(s.Part.Target) is null) is { } missing)
        {
            throw BerthException.BadRequest(
                $"Device \"{missing.Part.Device}\" of {id}: nothing can be mounted at {missing.Part.Target} in the container; "
                + "the path leads through a symbolic link, or there is a file where a directory is needed or the reverse");
        }
    }

    /// <summary>How the device's line begins.</summary>
    private static string SourceOf(MountPart part, ContainerPaths paths) => StagedMount.Escaped(PlaceOf(part, paths)) + " ";

    private static string[] Lines(ContainerPaths paths) => File.Exists(paths.Mounts) ? File.ReadAllLines(paths.Mounts) : [];

    private static string Target(string line) => line.Split(' ')[1];

    /// <summary>As a whole: the monitor may be reading it.</summary>
    private static void WriteLines(ContainerPaths paths, IReadOnlyList<string> lines)
    {
        File.WriteAllLines(paths.Mounts + ".new", lines);
        File.Move(paths.Mounts + ".new", paths.Mounts, overwrite: true);
    }

    private static string PlaceOf(MountPart part, ContainerPaths paths) => Path.Combine(paths.Devices, part.Device);

    private static StagedMount Put(MountPart part, OpenedMount opened, ContainerPaths paths)
    {
        var place = PlaceOf(part, paths);
        if (opened.IsDirectory)
        {
            Directory.CreateDirectory(place);
        }
        else
        {
            File.Create(place).Dispose();
        }

        MountApi.Move(opened.Tree, place);
        return new(place, part, opened.IsDirectory);
    }
}
