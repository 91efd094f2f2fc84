using System.Globalization;
using Berth.Core.Devices.Disks;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Mounts;

namespace Berth.Core.Devices;

/// <summary>Turns <c>unix-char</c> and <c>unix-block</c> into device nodes of containers.</summary>
internal static class UnixDevices
{
    private const int DefaultMode = 0x1B0;

    internal static readonly Dictionary<string, Func<string, string?>> Known = new(StringComparer.Ordinal)
    {
        ["source"] = DeviceValues.AbsolutePath,
        ["path"] = DeviceValues.AbsolutePath,
        ["major"] = DeviceValues.Number,
        ["minor"] = DeviceValues.Number,
        ["mode"] = DeviceValues.Mode,
        ["uid"] = DeviceValues.Id,
        ["gid"] = DeviceValues.Id,
        ["required"] = DeviceValues.Boolean,
    };

    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["limits.read"] = "a node has no limits of its own; limit a disk device that uses it",
        ["limits.write"] = "a node has no limits of its own; limit a disk device that uses it",
    };

    public static void Validate(string device, IReadOnlyDictionary<string, string> config, InstanceKind? kind)
    {
        var type = config["type"];
        new DeviceKeyTable(type, Known, Refused).Validate(device, config);
        if (kind == InstanceKind.Machine)
        {
            throw BerthException.BadRequest($"Device \"{device}\": devices of type {type} are for containers; give a virtual machine a disk");
        }

        if (config.GetValueOrDefault("source", "").Length == 0 && config.GetValueOrDefault("path", "").Length == 0)
        {
            throw BerthException.BadRequest($"Device \"{device}\": a {type} device needs a source or a path, for example source=/dev/ttyS0");
        }

        if (config.GetValueOrDefault("major", "").Length > 0 != config.GetValueOrDefault("minor", "").Length > 0)
        {
            throw BerthException.BadRequest($"Device \"{device}\": major and minor go together; give both, or none and the node is looked up on the host");
        }
    }

    public static MountPart Build(DeviceRequest request)
    {
        Validate(request.Device, request.Config, request.Kind);
        var source = request.Value("source") is { Length: > 0 } given ? given : request.Value("path");
        var target = request.Value("path") is { Length: > 0 } path ? path : source;
        return new(request.Device, DeviceValues.Tidy(target)) { OpenAsync = cancel => Task.Run(() => Open(request, source), cancel), IsNode = true };
    }

    private static OpenedMount? Open(DeviceRequest request, string source)
    {
        var type = request.Value("type") == "unix-char" ? FileType.CharacterDevice : FileType.BlockDevice;
        if (Find(request, source, type) is not var (major, minor))
        {
            return null;
        }

        var mode = request.Value("mode") is { Length: > 0 } octal ? DeviceValues.ParseMode(octal) : DefaultMode;
        var map = request.Record.IdBase;
        var owner = new FileAttributeChange(map + DeviceValues.Number(request.Config, "uid"), map + DeviceValues.Number(request.Config, "gid"), mode);
        try
        {
            return new(MountNamespace.CreateNode(type, major, minor, owner), IsDirectory: false);
        }
        catch (LinuxException e)
        {
            throw request.Wrong($"the node cannot be made: {e.Message}");
        }
    }

    private static (int Major, int Minor)? Find(DeviceRequest request, string source, FileType type)
    {
        if (request.Value("major").Length > 0)
        {
            return ((int)DeviceValues.Number(request.Config, "major"), (int)DeviceValues.Number(request.Config, "minor"));
        }

        var status = HostSource.StatusOf(source);
        if (status is null)
        {
            HostSource.Missing(request, source);
            return null;
        }

        if (status.Type != type)
        {
            throw request.Wrong($"{source} is no {(type == FileType.CharacterDevice ? "character" : "block")} device on this host");
        }

        var number = status.DeviceNumber.Split(':');
        return (int.Parse(number[0], CultureInfo.InvariantCulture), int.Parse(number[1], CultureInfo.InvariantCulture));
    }
}
