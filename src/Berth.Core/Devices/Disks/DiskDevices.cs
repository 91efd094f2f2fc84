using Berth.Core.Instances;
using Berth.Core.Storage.Volumes;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Devices.Disks;

/// <summary>Turns disk devices, the root apart, into what the engines make.</summary>
public sealed class DiskDevices(IVolumes volumes)
{
    /// <summary>The <c>source</c> that stands for a CD-ROM with the instance's cloud-init data.</summary>
    public const string CloudInitSource = "cloud-init:config";

    internal const string AgentSource = "agent:config";

    /// <summary>Makes the ISO image for <see cref="CloudInitSource"/> and gives its path. Null: not served.</summary>
    public Func<InstanceRecord, CancellationToken, Task<string>>? CloudInitImage { get; set; }

    /// <returns>Null: it is not attached.</returns>
    public DevicePart? Build(DeviceRequest request)
    {
        DiskKeys.Validate(request.Device, request.Config, request.Kind);
        if (request.Value("source") == CloudInitSource && (request.Kind == InstanceKind.Container || CloudInitImage is null))
        {
            throw request.Unsupported(
                $"source={CloudInitSource} is not supported {(CloudInitImage is null ? "by this daemon" : "for containers, whose cloud-init data is put into their files")}");
        }

        return request.Kind == InstanceKind.Container ? Mount(request)
            : request.IsTrue("attached", unset: true) ? Drive(request)
            : null;
    }

    internal static MountPropagation PropagationOf(DeviceRequest request) => request.Value("propagation").TrimStart('r') switch
    {
        "shared" => MountPropagation.Shared,
        "slave" => MountPropagation.Slave,
        "unbindable" => MountPropagation.Unbindable,
        _ => MountPropagation.Private,
    };

    private MountPart Mount(DeviceRequest request)
    {
        var pool = request.Value("pool");
        return new(request.Device, DeviceValues.Tidy(request.Value("path")))
        {
            OpenAsync = pool.Length == 0 ? cancel => HostSource.OpenAsync(request, cancel) : cancel => VolumeAsync(request, pool, cancel),
            Propagation = PropagationOf(request),
            Limits = IoLimits.Of(request.Device, request.Config),
            Path = pool.Length == 0 ? request.Value("source") : "",
        };
    }

    private async Task<OpenedMount?> VolumeAsync(DeviceRequest request, string pool, CancellationToken cancel)
    {
        var options = MountOptions.Parse(request.Value("raw.mount.options"), request.IsTrue("readonly"));
        if (options.FileSystem is [var other, ..])
        {
            throw request.Wrong($"raw.mount.options: {other.Key} is an option of a file system; for volumes there are ro, nosuid, nodev, noexec, noatime and nosymfollow");
        }

        var volume = volumes.Find(request.Record.Project, pool, request.Value("source"));
        var opened = await volumes.MountAsync(volume, request.Record.IdBase, options.Attributes.HasFlag(MountAttributes.ReadOnly), cancel);
        try
        {
            MountApi.SetAttributes(opened, options.Attributes, propagation: MountPropagation.Private);
            return new(opened, IsDirectory: true);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private DrivePart Drive(DeviceRequest request)
    {
        var source = request.Value("source");
        var pool = request.Value("pool");
        var content = pool.Length > 0 ? volumes.Find(request.Record.Project, pool, source).Content : VolumeContent.Block;
        if (content == VolumeContent.Filesystem)
        {
            throw request.Unsupported($"the volume {source} has a file system, and Berth shares none with virtual machines; use a volume with content type block");
        }

        var cdRom = content == VolumeContent.Iso || source == CloudInitSource || (pool.Length == 0 && source.EndsWith(".iso", StringComparison.OrdinalIgnoreCase));
        var bus = request.Value("io.bus");
        if (cdRom && bus is DriveBus.Block or DriveBus.Nvme)
        {
            throw request.Wrong($"a CD-ROM cannot be on {bus}; leave io.bus out");
        }

        var readOnly = cdRom || request.IsTrue("readonly");
        if (readOnly && bus == DriveBus.Nvme)
        {
            throw request.Wrong("an NVMe disk cannot be read-only; use io.bus=virtio-scsi or virtio-blk");
        }

        return new(request.Device, !cdRom && source.EndsWith(".qcow2", StringComparison.OrdinalIgnoreCase) ? "qcow2" : "raw")
        {
            OpenAsync = cancel => OpenDriveAsync(request, pool, source, readOnly, cancel),
            ReadOnly = readOnly,
            CdRom = cdRom,
            Bus = bus is "" or "auto" ? DriveBus.Scsi : bus,
            Cache = request.Value("io.cache") is { Length: > 0 } cache ? cache : "none",
            BootPriority = (int)DeviceValues.Number(request.Config, "boot.priority"),
            Limits = IoLimits.Of(request.Device, request.Config),
            Wwn = request.Value("wwn") is { Length: > 0 } wwn ? wwn : null,
        };
    }

    private async Task<OpenedDrive?> OpenDriveAsync(DeviceRequest request, string pool, string source, bool readOnly, CancellationToken cancel)
    {
        var path = pool.Length > 0 ? VolumeDisk(request, pool, source)
            : source == CloudInitSource ? await CloudInitImage!(request.Record, cancel)
            : source;
        return await Task.Run(() => OpenDrive(request, path, readOnly), cancel);
    }

    private static OpenedDrive? OpenDrive(DeviceRequest request, string path, bool readOnly)
    {
        if (HostSource.StatusOf(path) is not { } status)
        {
            HostSource.Missing(request, path);
            return null;
        }

        if (status.Type is not (FileType.Regular or FileType.BlockDevice))
        {
            throw status.Type == FileType.Directory
                ? request.Unsupported($"{path} is a directory, and Berth shares none with virtual machines; give a disk image or a block device")
                : request.Wrong($"{path} is no disk image and no block device");
        }

        var access = readOnly ? OpenFlags.ReadOnly : OpenFlags.ReadWrite;
        try
        {
            var file = Fd.Open(path, access | OpenFlags.NonBlocking);
            return new(file, status.Type == FileType.BlockDevice, CanBeDirect(file, access));
        }
        catch (LinuxException e)
        {
            throw request.Wrong($"{path} cannot be opened: {e.Message}");
        }
    }

    private static bool CanBeDirect(SafeFileHandle file, OpenFlags access)
    {
        try
        {
            Fd.Reopen(file, access | OpenFlags.Direct).Dispose();
            return true;
        }
        catch (LinuxException)
        {
            // Its file system has a page cache alone.
            return false;
        }
    }

    private string VolumeDisk(DeviceRequest request, string pool, string source)
    {
        var volume = volumes.Find(request.Record.Project, pool, source);
        volumes.RequireExclusive(volume, request.Record.Id);
        return volumes.DiskOf(volume).Path;
    }
}
