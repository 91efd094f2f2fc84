using Berth.Core.Instances;
using Berth.Core.Storage;

namespace Berth.Storage;

/// <summary>
/// Where things lie in a pool's directory, the same for every driver:
/// <code>
/// images/FINGERPRINT/root/tree     the unpacked tree, real ids
///                    disk.qcow2    the disk
///                    files/        derived files (kernel, initrd)
///                    removed       the image was deleted, volumes still read it
/// containers/VOLUME/               the driver's root, config.json, image -> ../../images/FINGERPRINT
///           VOLUME/snapshots/NAME/ the same again, of an earlier moment
/// machines/VOLUME/disk.qcow2       config.json, image -> …
///          VOLUME/layer-ID.qcow2   what disk.qcow2 lies on after a snapshot
///          VOLUME/snapshots/NAME/  config.json, disk.qcow2 -> ../../layer-ID.qcow2
/// custom/VOLUME/data               a custom volume: the driver's tree, or the disk; config.json; snapshots/NAME as data
/// trash/                           renamed here to be removed in the background
/// empty/                           stands for the image of a root made without one
/// </code>
/// What a crash leaves half-made has a name that starts with <see cref="StagingPrefix"/>. Trees lie below directories of mode 0700,
/// because a set-user-ID program of an image would otherwise be one on the host; disks are reached by QEMU's own users.
/// </summary>
internal sealed class PoolLayout(string root)
{
    public const string StagingPrefix = ".new-";
    public const string ConfigFile = "config.json";
    public const string NewConfigFile = "config.json.new";
    public const string DiskFile = "disk.qcow2";
    public const string NewDiskFile = "disk.qcow2.new";
    public const string ImageLink = "image";
    public const string SnapshotsDirectory = "snapshots";
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    public const UnixFileMode Traversable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>What a root directory has when nobody says otherwise.</summary>
    public const UnixFileMode Public = Traversable | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string Root => root;

    public string Images => Path.Combine(root, "images");

    public string Containers => Path.Combine(root, "containers");

    public string Machines => Path.Combine(root, "machines");

    public string Custom => Path.Combine(root, "custom");

    public string Trash => Path.Combine(root, "trash");

    public string Empty => Path.Combine(root, "empty");

    public string LockFile => Path.Combine(root, "lock");

    /// <summary>Everything that a pool has in its directory.</summary>
    public IReadOnlyList<string> Names { get; } = ["images", "containers", "machines", "custom", "trash", "empty", "lock"];

    public static string StagingName() => StagingPrefix + Guid.NewGuid().ToString("N");

    public string Image(string fingerprint) => Path.Combine(Images, fingerprint);

    public string Volumes(InstanceKind kind) => kind == InstanceKind.Container ? Containers : Machines;

    public string Volume(string volume, InstanceKind kind) => Path.Combine(Volumes(kind), volume);

    /// <summary>Makes the pool's directories; those that are there stay as they are.</summary>
    public void Create()
    {
        Directory.CreateDirectory(root, Traversable);
        Directory.CreateDirectory(Images, Traversable);
        Directory.CreateDirectory(Containers, Private);
        Directory.CreateDirectory(Machines, Traversable);
        Directory.CreateDirectory(Custom, Traversable);
        Directory.CreateDirectory(Trash, Private);
        Directory.CreateDirectory(Empty, Public);
    }

    /// <summary>The entries of a directory that are whole.</summary>
    public static IEnumerable<string> Finished(string directory) =>
        Directory.EnumerateDirectories(directory).Where(path => !IsStaging(path));

    public static bool IsStaging(string path) =>
        Path.GetFileName(path) is var name
        && (name.StartsWith(StagingPrefix, StringComparison.Ordinal) || name.StartsWith(TemporaryVolume.Prefix, StringComparison.Ordinal));
}
