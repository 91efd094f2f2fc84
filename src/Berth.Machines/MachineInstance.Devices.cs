using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Berth.Core;
using Berth.Core.Devices;
using Berth.Core.Networks;
using Berth.Machines.CommandLine;
using Berth.Machines.Qmp;

namespace Berth.Machines;

public sealed partial class MachineInstance
{
    /// <summary>How long a guest may take to let go of a device.</summary>
    private static readonly TimeSpan s_releaseTimeout = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _deletions = new();
    private ImmutableList<NicSpec> _nics;

    /// <inheritdoc/>
    public Task AttachAsync(DevicePart part, CancellationToken cancel) => part switch
    {
        DrivePart drive => PlugAsync(part, () => AttachDriveAsync(drive, cancel)),
        NicSpec nic => PlugAsync(part, () => AttachNicAsync(nic, cancel)),
        _ => throw Fixed(part),
    };

    /// <inheritdoc/>
    public Task DetachAsync(DevicePart part, CancellationToken cancel) => part switch
    {
        DrivePart drive => PlugAsync(part, () => DetachDriveAsync(drive, cancel)),
        NicSpec nic => PlugAsync(part, () => DetachNicAsync(nic, cancel)),
        _ => throw Fixed(part),
    };

    /// <inheritdoc/>
    public Task UpdateAsync(DevicePart part, CancellationToken cancel) => part switch
    {
        RootPart or DrivePart => PlugAsync(part, () => ThrottleAsync(part, cancel)),
        _ => throw Fixed(part),
    };

    /// <summary>Sets the ceilings of I/O of those disks that have some.</summary>
    internal async Task ThrottleAllAsync(CancellationToken cancel)
    {
        foreach (var part in _spec.Devices.Where(d => d is RootPart { Limits.IsNone: false } or DrivePart { Limits.IsNone: false }))
        {
            await ThrottleAsync(part, cancel);
        }
    }

    private async Task AttachDriveAsync(DrivePart part, CancellationToken cancel)
    {
        using var opened = await part.OpenAsync(cancel);
        if (opened is null)
        {
            return;
        }
        var node = DeviceIds.Node(part.Device);
        try
        {
            var added = await Qmp.ExecuteAsync("add-fd", json => json.WriteString("opaque", node), QmpClient.DefaultTimeout, cancel, opened.File);
            var options = new DriveOptions(part, added.GetProperty("fdset-id").GetInt32(), opened.IsBlockDevice, opened.Direct);
            await Qmp.ExecuteAsync("blockdev-add", options.WriteNode, QmpClient.DefaultTimeout, cancel);
            var port = options.NeedsPort ? await FreePortAsync(part, Enumerable.Range(0, PciPorts.Disks).Select(PciPorts.Disk), cancel) : null;
            await Qmp.ExecuteAsync("device_add", json => options.WriteDevice(json, port, bootIndex: null), QmpClient.DefaultTimeout, cancel);
            if (!part.Limits.IsNone)
            {
                await ThrottleAsync(part, cancel);
            }
        }
        catch
        {
            await RemoveDriveAsync(part, CancellationToken.None);
            throw;
        }
    }

    private async Task DetachDriveAsync(DrivePart part, CancellationToken cancel)
    {
        await ReleaseAsync(part, DeviceIds.Drive(part.Device), cancel);
        await RemoveDriveAsync(part, cancel);
    }

    /// <summary>Removes what is behind a drive that the guest does not see any more.</summary>
    private async Task RemoveDriveAsync(DrivePart part, CancellationToken cancel)
    {
        var node = DeviceIds.Node(part.Device);
        await IfThereAsync("device_del", json => json.WriteString("id", DeviceIds.Drive(part.Device)), cancel);
        await IfThereAsync("blockdev-del", json => json.WriteString("node-name", node), cancel);
        var sets = await Qmp.ExecuteAsync("query-fdsets", cancel);
        foreach (var set in sets.EnumerateArray().Where(s => s.GetProperty("fds").EnumerateArray().Any(f => f.TryGetProperty("opaque", out var text) && text.GetString() == node)))
        {
            await IfThereAsync("remove-fd", json => json.WriteNumber("fdset-id", set.GetProperty("fdset-id").GetInt32()), cancel);
        }
    }

    private async Task AttachNicAsync(NicSpec nic, CancellationToken cancel)
    {
        var netdev = DeviceIds.Netdev(nic.Device);
        var port = await FreePortAsync(nic, Enumerable.Range(0, PciPorts.Nics).Select(PciPorts.Nic), cancel);
        using var taps = await Taps.OpenAsync([nic], cancel);
        try
        {
            await Qmp.ExecuteAsync("getfd", json => json.WriteString("fdname", netdev), QmpClient.DefaultTimeout, cancel, taps.Handles[0]);
            await Qmp.ExecuteAsync("netdev_add", json => WriteNetdev(json, netdev), QmpClient.DefaultTimeout, cancel);
            await Qmp.ExecuteAsync("device_add", json => MachineNic.WriteDevice(json, nic, port), QmpClient.DefaultTimeout, cancel);
        }
        catch
        {
            await IfThereAsync("netdev_del", json => json.WriteString("id", netdev), CancellationToken.None);
            throw;
        }
        ImmutableInterlocked.Update(ref _nics, nics => nics.RemoveAll(n => n.Device == nic.Device).Add(nic));
    }

    private async Task DetachNicAsync(NicSpec nic, CancellationToken cancel)
    {
        await ReleaseAsync(nic, DeviceIds.Nic(nic.Device), cancel);
        await IfThereAsync("netdev_del", json => json.WriteString("id", DeviceIds.Netdev(nic.Device)), cancel);
        ImmutableInterlocked.Update(ref _nics, nics => nics.RemoveAll(n => n.Device == nic.Device));
    }

    /// <summary>Asks the guest to let go of a device, and waits until it has.</summary>
    private async Task ReleaseAsync(DevicePart part, string id, CancellationToken cancel)
    {
        var gone = _deletions.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            if (await IfThereAsync("device_del", json => json.WriteString("id", id), cancel))
            {
                await gone.Task.WaitAsync(s_releaseTimeout, cancel);
            }
        }
        catch (TimeoutException)
        {
            throw BerthException.Conflict(
                $"Device \"{part.Device}\" of machine {_spec.Id}: the guest did not let go of it within {s_releaseTimeout.TotalSeconds:0} s. "
                + "It can when its kernel runs and nothing uses the device; try again, or stop the machine");
        }
        finally
        {
            _deletions.TryRemove(id, out _);
        }
    }

    private void OnDeviceDeleted(QmpEvent e)
    {
        if (e.Text("device") is { } id && _deletions.TryGetValue(id, out var gone))
        {
            gone.TrySetResult();
        }
    }

    private async Task<string> FreePortAsync(DevicePart part, IEnumerable<string> ports, CancellationToken cancel) =>
        PciPorts.Free(await Qmp.ExecuteAsync("query-pci", cancel), ports)
        ?? throw BerthException.Conflict(
            $"Device \"{part.Device}\" of machine {_spec.Id}: all its PCIe ports for such devices are taken; " + (part is DrivePart ? "use io.bus=virtio-scsi" : "take another one out first"));

    private async Task ThrottleAsync(DevicePart part, CancellationToken cancel)
    {
        var (id, limits) = part switch
        {
            RootPart root => (VirtioBlock(QemuArguments.RootDiskId), root.Limits),
            DrivePart { CdRom: false, Bus: DriveBus.Block } drive => (VirtioBlock(DeviceIds.Drive(drive.Device)), drive.Limits),
            DrivePart drive => (DeviceIds.Drive(drive.Device), drive.Limits),
            _ => throw Fixed(part),
        };
        await Qmp.ExecuteAsync("block_set_io_throttle", json => WriteLimits(json, id, limits), QmpClient.DefaultTimeout, cancel);
    }

    /// <summary>The disk behind a virtio-blk device, which itself is only its place on the PCI bus.</summary>
    private static string VirtioBlock(string id) => $"/machine/peripheral/{id}/virtio-backend";

    private static void WriteLimits(Utf8JsonWriter json, string id, IoLimits limits)
    {
        json.WriteString("id", id);
        json.WriteNumber("bps", 0);
        json.WriteNumber("bps_rd", limits.ReadBytes ?? 0);
        json.WriteNumber("bps_wr", limits.WriteBytes ?? 0);
        json.WriteNumber("iops", 0);
        json.WriteNumber("iops_rd", limits.ReadOps ?? 0);
        json.WriteNumber("iops_wr", limits.WriteOps ?? 0);
    }

    private static void WriteNetdev(Utf8JsonWriter json, string netdev)
    {
        json.WriteString("type", "tap");
        json.WriteString("id", netdev);
        json.WriteString("fd", netdev);
    }

    /// <summary>False: there is nothing of that name.</summary>
    private async Task<bool> IfThereAsync(string command, Action<Utf8JsonWriter> arguments, CancellationToken cancel)
    {
        try
        {
            await Qmp.ExecuteAsync(command, arguments, QmpClient.DefaultTimeout, cancel);
            return true;
        }
        catch (QmpException e) when (e.ErrorClass == "DeviceNotFound" || e.Message.Contains("not found", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("Failed to find", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private async Task PlugAsync(DevicePart part, Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (TimeoutException e)
        {
            throw new BerthException(ErrorKind.Timeout, $"Device \"{part.Device}\" of machine {_spec.Id}: {e.Message}", e);
        }
        catch (QmpException e)
        {
            throw e.ConnectionLost ? NotRunning() : BerthException.Conflict($"Device \"{part.Device}\" of machine {_spec.Id}: QEMU refused: {e.Message}");
        }
    }

    private BerthException Fixed(DevicePart part) =>
        BerthException.Unsupported($"Device \"{part.Device}\" of machine {_spec.Id} cannot be changed while the machine runs; stop it first");
}
