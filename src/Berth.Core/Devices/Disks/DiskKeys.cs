using Berth.Core.Instances;
using Berth.Core.Resources;

namespace Berth.Core.Devices.Disks;

/// <summary>The keys of disk devices, and what they mean together.</summary>
internal static class DiskKeys
{
    private const string NoBurst = "the kernel's I/O controller has no bursts; give limits.read, limits.write or limits.max alone";

    private static readonly Dictionary<string, Func<string, string?>> Known = new(StringComparer.Ordinal)
    {
        ["path"] = DeviceValues.AbsolutePath,
        ["source"] = DeviceValues.Any,
        ["pool"] = DeviceValues.Any,
        ["readonly"] = DeviceValues.Boolean,
        ["required"] = DeviceValues.Boolean,
        ["recursive"] = DeviceValues.Boolean,
        ["propagation"] = DeviceValues.OneOf("private", "shared", "slave", "unbindable", "rprivate", "rshared", "rslave", "runbindable"),
        ["shift"] = DeviceValues.Boolean,
        ["raw.mount.options"] = DeviceValues.Any,
        ["limits.read"] = DeviceValues.Any,
        ["limits.write"] = DeviceValues.Any,
        ["limits.max"] = DeviceValues.Any,
        ["boot.priority"] = DeviceValues.Number,
        ["io.bus"] = Bus,
        ["io.cache"] = DeviceValues.OneOf("none", "writeback", "unsafe"),
        ["attached"] = DeviceValues.Boolean,
        ["wwn"] = Wwn,
        ["size"] = DeviceValues.Any,
    };

    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["ceph.cluster_name"] = "Berth has no Ceph",
        ["ceph.user_name"] = "Berth has no Ceph",
        ["dependent"] = "volumes live and go by themselves; take snapshots of the volume",
        ["initial."] = "set the root's size with size=",
        ["limits.max.burst"] = NoBurst,
        ["limits.max.burst.length"] = NoBurst,
        ["limits.read.burst"] = NoBurst,
        ["limits.read.burst.length"] = NoBurst,
        ["limits.write.burst"] = NoBurst,
        ["limits.write.burst.length"] = NoBurst,
        ["size.state"] = "the state of a machine is not kept in a volume of its own",
    };

    internal static readonly DeviceKeyTable Table = new("disk", Known, Refused);

    /// <summary>Keys that mean nothing for the disk that an instance boots from.</summary>
    private static readonly string[] NotForRoot =
        ["source", "readonly", "required", "recursive", "propagation", "shift", "raw.mount.options", "io.bus", "io.cache", "attached", "wwn"];

    private static readonly string[] ContainerOnly = ["recursive", "propagation", "shift", "raw.mount.options"];

    private static readonly string[] MachineOnly = ["boot.priority", "io.bus", "io.cache", "attached", "wwn"];

    public static bool IsRoot(IReadOnlyDictionary<string, string> config) =>
        config.GetValueOrDefault("type") == "disk" && config.GetValueOrDefault("path") == "/" && config.GetValueOrDefault("source", "").Length == 0;

    /// <param name="kind">Null: a profile, which both kinds may use.</param>
    /// <exception cref="BerthException">BadRequest or Unsupported that names the device and the key.</exception>
    public static void Validate(string device, IReadOnlyDictionary<string, string> config, InstanceKind? kind)
    {
        Table.Validate(device, config);
        IoLimits.Of(device, config);
        if (IsRoot(config))
        {
            ValidateRoot(device, config);
        }
        else
        {
            ValidateOther(device, config, kind);
        }
    }

    private static void ValidateRoot(string device, IReadOnlyDictionary<string, string> config)
    {
        if (config.GetValueOrDefault("pool", "").Length == 0)
        {
            throw Wrong(device, "a root disk needs a storage pool, for example pool=default");
        }

        if (config.GetValueOrDefault("size", "") is { Length: > 0 } size)
        {
            ByteSize.Parse($"device \"{device}\" size", size);
        }

        Refuse(device, config, NotForRoot, "is not possible for the root disk (path=/)");
    }

    private static void ValidateOther(string device, IReadOnlyDictionary<string, string> config, InstanceKind? kind)
    {
        var source = config.GetValueOrDefault("source", "");
        if (source.Length == 0)
        {
            throw Wrong(device, "a disk needs a source: source=/path/on/the/host, or pool=POOL and source=VOLUME");
        }

        Refuse(device, config, ["size"], "is possible for the root disk (path=/) alone; the size of a volume is set with: berth storage volume set");
        if (config.GetValueOrDefault("pool", "").Length == 0)
        {
            ValidateHostSource(device, source);
        }

        if (kind == InstanceKind.Machine)
        {
            Refuse(device, config, ContainerOnly, "is for containers; this is a virtual machine");
        }

        if (kind == InstanceKind.Container)
        {
            Refuse(device, config, MachineOnly, "is for virtual machines; this is a container");
            if (config.GetValueOrDefault("path", "").Length == 0)
            {
                throw Wrong(device, "a disk of a container needs the path where it is mounted, for example path=/mnt");
            }
        }

        if (config.GetValueOrDefault("path", "") is { Length: > 0 } path && DeviceValues.Tidy(path) == "/")
        {
            throw Wrong(device, "path=/ is the root disk, which has a pool and no source");
        }

        if (config.GetValueOrDefault("wwn", "").Length > 0 && config.GetValueOrDefault("io.bus", DriveBus.Scsi) is not ("" or DriveBus.Scsi))
        {
            throw Wrong(device, "wwn needs io.bus=virtio-scsi");
        }
    }

    private static void ValidateHostSource(string device, string source)
    {
        var scheme = source.Split(':')[0];
        if (scheme is "ceph" or "cephfs" && source.Contains(':', StringComparison.Ordinal))
        {
            throw BerthException.Unsupported($"Device \"{device}\": source={scheme}: is not supported, Berth has no Ceph; mount it on the host and give its path");
        }

        if (scheme is "tmpfs" or "tmpfs-overlay" && source.Contains(':', StringComparison.Ordinal))
        {
            throw BerthException.Unsupported($"Device \"{device}\": source={scheme}: is not supported; mount a tmpfs inside the instance, or one on the host and give its path");
        }

        if (source == DiskDevices.AgentSource)
        {
            throw BerthException.Unsupported($"Device \"{device}\": source={source} is not supported: Berth puts its agent into the image when the image is built");
        }

        if (source != DiskDevices.CloudInitSource && DeviceValues.AbsolutePath(source) is { } reason)
        {
            throw Wrong(device, $"source=\"{source}\": {reason}, or pool=POOL and the name of a volume");
        }
    }

    private static void Refuse(string device, IReadOnlyDictionary<string, string> config, IEnumerable<string> keys, string reason)
    {
        foreach (var key in keys.Where(k => config.GetValueOrDefault(k, "").Length > 0))
        {
            throw Wrong(device, $"{key} {reason}");
        }
    }

    private static string? Bus(string value) => value switch
    {
        DriveBus.Scsi or DriveBus.Block or DriveBus.Nvme or "auto" => null,
        "9p" or "virtiofs" => "Berth shares no directories with virtual machines; give a disk image, or use a volume with content type block",
        "usb" => "machines have no USB controller; use virtio-scsi, virtio-blk or nvme",
        _ => "give virtio-scsi, virtio-blk or nvme",
    };

    private static string? Wwn(string value) =>
        value.Length == 18 && value.StartsWith("0x", StringComparison.Ordinal) && value[2..].All(char.IsAsciiHexDigit)
            ? null
            : "give 0x and 16 hexadecimal digits";

    private static BerthException Wrong(string device, string reason) => BerthException.BadRequest($"Device \"{device}\": {reason}");
}
