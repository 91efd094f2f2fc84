using System.Collections.Immutable;
using Berth.Core.Devices.Disks;
using Berth.Core.Devices.Proxies;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Storage;

namespace Berth.Core.Devices;

/// <summary>Turns the devices of an instance, network cards apart, into their parts.</summary>
public sealed class DeviceBuilder(DiskDevices disks, PoolService pools)
{
    /// <summary>As Incus: where nobody says otherwise, the root is booted from first.</summary>
    private const int RootPriority = 1;

    /// <summary>All of them, in the order of their names. Nothing of the host is looked at yet.</summary>
    public ImmutableArray<DevicePart> Build(InstanceRecord record, ExpandedConfig expanded) =>
        [.. expanded.Devices.Select(d => Build(new(record, d.Key, d.Value))).OfType<DevicePart>()];

    /// <returns>Null: there is nothing to make for it here.</returns>
    public DevicePart? Build(DeviceRequest request) => request.Value("type") switch
    {
        "disk" when DiskKeys.IsRoot(request.Config) => Root(request),
        "disk" => disks.Build(request),
        "unix-char" or "unix-block" => UnixDevices.Build(request),
        "proxy" => ProxyDevices.Build(request),
        _ => null,
    };

    /// <summary>Finds out whether a device could be made now.</summary>
    /// <exception cref="BerthException">With what is in the way.</exception>
    public async Task CheckAsync(DeviceRequest request, CancellationToken cancel)
    {
        IDisposable? opened = Build(request) switch
        {
            MountPart mount => await mount.OpenAsync(cancel),
            DrivePart drive => await drive.OpenAsync(cancel),
            _ => null,
        };
        opened?.Dispose();
    }

    private RootPart Root(DeviceRequest request) => new(
        request.Device,
        pools.GetRecord(request.Value("pool")).Config.GetValueOrDefault("source", ""),
        IoLimits.Of(request.Device, request.Config),
        (int)DeviceValues.Number(request.Config, "boot.priority", unset: RootPriority));
}
