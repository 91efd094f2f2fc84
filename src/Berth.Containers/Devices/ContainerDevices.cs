using Berth.Containers.Running;
using Berth.Core;
using Berth.Core.Devices;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux;
using Berth.Linux.Cgroups;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Berth.Containers.Devices;

/// <summary>
/// The devices of a container that runs. liblxc's monitor brings back mounts as its table has them when the container reboots, and the
/// network cards of the start: <see cref="FollowRebootAsync"/> makes good what has changed since.
/// </summary>
internal sealed partial class ContainerDevices(RunSpec spec, ContainerPaths paths, Cgroup cgroup, ILogger log)
{
    /// <summary>How long liblxc may take to set a rebooted container up, and how often its root is looked at: nothing tells.</summary>
    private static readonly TimeSpan SetupTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    private readonly Dictionary<string, DevicePart> _parts =
        spec.Devices.Concat(spec.Nics).ToDictionary(p => p.Device, StringComparer.Ordinal);

    /// <summary>Disks of the host that have ceilings for this container.</summary>
    private readonly HashSet<string> _limited = [];

    private readonly ContainerLinks _links = new(spec.Id, paths);

    /// <summary>The network cards that it has now.</summary>
    public IReadOnlyList<NicSpec> Nics
    {
        get
        {
            lock (_parts)
            {
                return [.. _parts.Values.OfType<NicSpec>()];
            }
        }
    }

    public async Task AttachAsync(DevicePart part, PidFd init, CancellationToken cancel)
    {
        switch (part)
        {
            case MountPart mount:
                await MountAsync(mount, init, cancel);
                break;
            case NicSpec nic:
                await _links.AddAsync(nic, init, cancel);
                break;
            default:
                throw Unsupported(part);
        }

        Set(part);
        ApplyLimits();
    }

    public async Task DetachAsync(DevicePart part, PidFd init, CancellationToken cancel)
    {
        switch (part)
        {
            case MountPart mount:
                await UnmountAsync(mount, init, cancel);
                break;
            case NicSpec nic:
                await _links.RemoveAsync(nic, init, cancel);
                break;
            default:
                throw Unsupported(part);
        }

        lock (_parts)
        {
            _parts.Remove(part.Device);
        }

        ApplyLimits();
    }

    public void Update(DevicePart part)
    {
        DevicePart? old;
        lock (_parts)
        {
            old = _parts.GetValueOrDefault(part.Device);
        }

        Set(part);
        try
        {
            ApplyLimits();
        }
        catch
        {
            Set(old ?? part);
            ApplyLimits();
            throw;
        }
    }

    /// <summary>Sets the ceilings of I/O: two devices on one disk have the mean of theirs, as in Incus.</summary>
    /// <exception cref="BerthException">Unsupported, with the device that cannot be limited here.</exception>
    public void ApplyLimits()
    {
        Dictionary<string, List<IoLimits>> disks = [];
        foreach (var (device, path, limits) in Limited())
        {
            var disk = BlockDevice.Below(path)
                ?? throw BerthException.Unsupported($"Device \"{device}\" of {spec.Id}: limits.* need a source on a disk of this host, and \"{path}\" is on none");
            disks.TryAdd(disk, []);
            disks[disk].Add(limits);
        }

        foreach (var disk in _limited.Except(disks.Keys).ToList())
        {
            SetLimits(disk, IoLimits.None);
            _limited.Remove(disk);
        }

        foreach (var (disk, limits) in disks)
        {
            _limited.Add(disk);
            SetLimits(disk, IoLimits.Mean(limits));
        }
    }

    /// <summary>After a reboot from inside: what was plugged in since the start is plugged in again, and what was taken out goes again.</summary>
    public async Task FollowRebootAsync(PidFd init, CancellationToken cancel)
    {
        List<DevicePart> parts;
        lock (_parts)
        {
            parts = [.. _parts.Values];
        }

        var namespaces = new ContainerNamespaces(spec.Id, spec.Root!.IdBase, paths, () => init);
        await WaitForAsync(namespaces.OpenNetwork, init, cancel);
        await _links.FollowRebootAsync([.. parts.OfType<NicSpec>()], LxcNics.Read(paths.Config), init, cancel);
        await WaitForAsync(namespaces.OpenRoot, init, cancel);
        foreach (var mount in parts.OfType<MountPart>().OrderBy(p => p.Target, StringComparer.Ordinal))
        {
            if (MountTable.Read(init.Pid).At(mount.Target) is null)
            {
                await AgainAsync(mount, init, cancel);
            }
        }
    }

    /// <summary>Until liblxc has given the new init what is its own: it sees the host's network and root first, where nothing may be made.</summary>
    private static async Task WaitForAsync(Func<SafeFileHandle> open, PidFd init, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(SetupTime);
        while (true)
        {
            try
            {
                open().Dispose();
                return;
            }
            catch (BerthException) when (!init.HasExited)
            {
                await Task.Delay(LookAgain, deadline.Token);
            }
        }
    }

    private async Task AgainAsync(MountPart mount, PidFd init, CancellationToken cancel)
    {
        try
        {
            await MountAsync(mount, init, cancel);
        }
        catch (BerthException e)
        {
            LogLost(spec.Id, mount.Device, e.Message);
        }
    }

    private async Task MountAsync(MountPart part, PidFd init, CancellationToken cancel)
    {
        using var opened = await part.OpenAsync(cancel);
        if (opened is null)
        {
            return;
        }

        try
        {
            await Task.Run(
                () =>
                {
                    MakePlace(part, opened, init);
                    using var tree = Staging.Add(part, opened, paths);
                    using var mounts = InitRoot.OpenMounts(init, spec.Id);
                    MountNamespace.Attach(tree, recursive: true, mounts, part.Target, part.Propagation);
                },
                cancel);
        }
        catch (LinuxException e)
        {
            Staging.Remove(part, paths);
            throw BerthException.BadRequest($"Device \"{part.Device}\" of {spec.Id} cannot be mounted at {part.Target}: {e.Message}");
        }
    }

    /// <summary>As the container's root would make it.</summary>
    private void MakePlace(MountPart part, OpenedMount opened, PidFd init)
    {
        using var root = new RootedDirectory(InitRoot.Open(init, spec.Id), new(spec.Root!.IdBase));
        var parent = Path.GetDirectoryName(part.Target)!;
        root.MakeDirectory(opened.IsDirectory ? part.Target : parent, parents: true, new(null, null, null));
        if (!opened.IsDirectory && root.TryStat(part.Target, follow: true) is null)
        {
            root.OpenWrite(part.Target, WriteMode.CreateNew, new(null, null, null)).Dispose();
        }
    }

    private async Task UnmountAsync(MountPart part, PidFd init, CancellationToken cancel)
    {
        try
        {
            await Task.Run(
                () =>
                {
                    Staging.Remove(part, paths);
                    using var mounts = InitRoot.OpenMounts(init, spec.Id);
                    MountNamespace.Detach(mounts, part.Target);
                    RemovePlace(part, init);
                },
                cancel);
        }
        catch (LinuxException e)
        {
            throw BerthException.Conflict($"Device \"{part.Device}\" of {spec.Id} cannot be unmounted from {part.Target}: {e.Message}");
        }
    }

    /// <summary>Where a device node was, the empty file below it goes too: nobody is to take it for the device.</summary>
    private void RemovePlace(MountPart part, PidFd init)
    {
        if (!part.IsNode)
        {
            return;
        }

        using var root = new RootedDirectory(InitRoot.Open(init, spec.Id), new(spec.Root!.IdBase));
        if (root.TryStat(part.Target, follow: false) is { Type: FileType.Regular, Size: 0 })
        {
            root.Delete(part.Target, recursive: false);
        }
    }

    /// <summary>Devices that have limits; one whose source is not there (and not required) has no traffic.</summary>
    private List<(string Device, string Path, IoLimits Limits)> Limited()
    {
        lock (_parts)
        {
            return
            [
                .. _parts.Values.OfType<RootPart>().Where(r => !r.Limits.IsNone).Select(r => (r.Device, r.Path, r.Limits)),
                .. _parts.Values.OfType<MountPart>().Where(m => !m.Limits.IsNone && (m.Path.Length == 0 || Path.Exists(m.Path)))
                    .Select(m => (m.Device, m.Path, m.Limits)),
            ];
        }
    }

    private void SetLimits(string disk, IoLimits limits)
    {
        try
        {
            cgroup.SetIoMax(disk, limits.ReadBytes, limits.WriteBytes, limits.ReadOps, limits.WriteOps);
        }
        catch (LinuxException e)
        {
            throw BerthException.Unsupported($"The I/O limits of {spec.Id} cannot be set on the disk {disk} of this host: {e.Message}");
        }
    }

    private void Set(DevicePart part)
    {
        lock (_parts)
        {
            _parts[part.Device] = part;
        }
    }

    private BerthException Unsupported(DevicePart part) =>
        BerthException.Unsupported($"Device \"{part.Device}\" of {spec.Id} cannot be plugged in or taken out while the container runs; stop it first");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Container {Instance} rebooted and could not get its device {Device} back: {Reason}")]
    private partial void LogLost(InstanceId instance, string device, string reason);
}
