using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Namespaces;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Devices.Disks;

/// <summary>A path of the host as the source of a container's disk: a directory, a file, or a block device with a file system.</summary>
internal static class HostSource
{
    private static readonly TimeSpan ProbeDeadline = TimeSpan.FromSeconds(10);

    /// <returns>Null: it is not there, and is not required.</returns>
    public static async Task<OpenedMount?> OpenAsync(DeviceRequest request, CancellationToken cancel)
    {
        var source = request.Value("source");
        var options = MountOptions.Parse(request.Value("raw.mount.options"), request.IsTrue("readonly"));
        FileStatus? status = null;
        try
        {
            // A dead network file system hangs whoever looks at it.
            status = await Task.Run(() => StatusOf(source), cancel).WaitAsync(ProbeDeadline, cancel);
            return status is null ? Missing(request, source)
                : status.Type == FileType.BlockDevice ? await FileSystemAsync(request, source, options, cancel)
                : await Task.Run(() => Bind(request, source, status.Type, options), cancel).WaitAsync(ProbeDeadline, cancel);
        }
        catch (TimeoutException)
        {
            throw new BerthException(ErrorKind.Timeout, $"Device \"{request.Device}\": {source} did not answer within {ProbeDeadline.TotalSeconds:0} s");
        }
        catch (LinuxException e)
        {
            throw status is not null && e.Errno is Errno.EINVAL or Errno.EOPNOTSUPP && request.IsTrue("shift")
                ? request.Unsupported($"ids cannot be shifted on {source}: its file system, or one mounted below it, has no id-mapped mounts; leave shift out, or recursive")
                : request.Wrong($"{source} cannot be mounted: {e.Message}");
        }
    }

    /// <summary>Null: it is not there.</summary>
    public static FileStatus? StatusOf(string path)
    {
        try
        {
            using var fd = Fd.Open(path, OpenFlags.Path);
            return FileStatus.Of(fd);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null;
        }
    }

    /// <exception cref="BerthException">BadRequest, unless the device is not required.</exception>
    public static OpenedMount? Missing(DeviceRequest request, string source) =>
        request.IsTrue("required", unset: true)
            ? throw request.Wrong($"missing source path \"{source}\"; make it, or give required=false")
            : null;

    private static OpenedMount Bind(DeviceRequest request, string source, FileType type, MountOptions options)
    {
        if (type is FileType.CharacterDevice)
        {
            throw request.Wrong($"{source} is a character device; add it with type=unix-char");
        }

        if (options.FileSystem is [var other, ..])
        {
            throw request.Wrong($"raw.mount.options: {other.Key} is an option of a file system, and {source} is mounted already; possible are ro, nosuid, nodev, noexec, noatime and nosymfollow");
        }

        var recursive = request.IsTrue("recursive");
        return Finish(request, MountApi.CloneTree(source, recursive), recursive, type == FileType.Directory, options.Attributes);
    }

    private static async Task<OpenedMount> FileSystemAsync(DeviceRequest request, string source, MountOptions options, CancellationToken cancel)
    {
        var found = await Spawner.RunAsync(["blkid", "-p", "-o", "value", "-s", "TYPE", source], new() { Timeout = ProbeDeadline }, cancel);
        if (found.Stdout.Trim() is not { Length: > 0 } type)
        {
            throw request.Wrong($"{source} has no file system that can be mounted; to hand over the block device itself, use type=unix-block");
        }

        KeyValuePair<string, string?>[] all =
        [
            new("source", source),
            .. options.Attributes.HasFlag(MountAttributes.ReadOnly) ? [new KeyValuePair<string, string?>("ro", null)] : Array.Empty<KeyValuePair<string, string?>>(),
            .. options.FileSystem,
        ];
        return await Task.Run(
            () => Finish(request, MountApi.CreateFileSystem(type, all), recursive: false, isDirectory: true, options.Attributes | MountAttributes.NoDevices), cancel);
    }

    /// <summary>Gives a detached mount its attributes and, where asked for, the container's ids.</summary>
    private static OpenedMount Finish(DeviceRequest request, SafeFileHandle tree, bool recursive, bool isDirectory, MountAttributes attributes)
    {
        try
        {
            var keep = DiskDevices.PropagationOf(request) != MountPropagation.Private;
            using var ids = request.IsTrue("shift") ? UserNamespaceFd.Create(new IdMap(request.Record.IdBase)) : null;
            MountApi.SetAttributes(
                tree, attributes, propagation: keep ? MountPropagation.Unchanged : MountPropagation.Private, userNamespace: ids, recursive: recursive);
            return new(tree, isDirectory);
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }
}
