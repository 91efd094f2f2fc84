using System.Collections.Immutable;
using Berth.Core.Devices.Disks;
using Berth.Core.Devices.Proxies;
using Berth.Core.Instances;

namespace Berth.Core.Devices;

/// <summary>Checks device configurations: known types and keys only, each value in its form.</summary>
public sealed class DeviceValidator(Action<string, IReadOnlyDictionary<string, string>> validateNic)
{
    private const string Served = "disk, nic, none, proxy, unix-block, unix-char";

    private static readonly Dictionary<string, string> NotServed = new(StringComparer.Ordinal)
    {
        ["gpu"] = "Berth passes no GPUs on; for containers add its nodes with type=unix-char",
        ["infiniband"] = "Berth has no InfiniBand",
        ["pci"] = "Berth passes no PCI devices on",
        ["tpm"] = "Berth runs no TPM emulator yet",
        ["unix-hotplug"] = "Berth does not watch for devices; add the node with type=unix-char or unix-block, and required=false",
        ["usb"] = "Berth passes no USB devices on; for containers add its node with type=unix-char",
    };

    /// <param name="kind">Of the instance; null: a profile, which both kinds may use.</param>
    /// <exception cref="BerthException">BadRequest or Unsupported that names the device.</exception>
    public void ValidateAll(ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> devices, InstanceKind? kind = null)
    {
        foreach (var (name, config) in devices)
        {
            ValidateName(name);
            ValidateOne(name, config, kind);
        }

        var roots = devices.Where(d => DiskKeys.IsRoot(d.Value)).Select(d => d.Key).ToList();
        if (roots.Count > 1)
        {
            throw BerthException.BadRequest($"There can be one root disk only; these have path=/: {string.Join(", ", roots)}");
        }

        var places = devices.Where(d => d.Value.GetValueOrDefault("type") is "disk" or "unix-char" or "unix-block" && Place(d.Value).Length > 1).GroupBy(d => Place(d.Value));
        if (places.FirstOrDefault(p => p.Count() > 1) is { } place)
        {
            throw BerthException.BadRequest($"More than one device has the path {place.Key}: {string.Join(", ", place.Select(d => d.Key))}");
        }
    }

    private static string Place(ImmutableSortedDictionary<string, string> config) =>
        DeviceValues.Tidy(config.GetValueOrDefault("path", "") is { Length: > 0 } path || config["type"] == "disk"
            ? config.GetValueOrDefault("path", "")
            : config.GetValueOrDefault("source", ""));

    private static void ValidateName(string name)
    {
        if (name.Length is 0 or > 64 || name is "." or ".." || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw BerthException.BadRequest($"Invalid device name \"{name}\": 1 to 64 letters, digits, dots, hyphens and underscores");
        }
    }

    private void ValidateOne(string name, ImmutableSortedDictionary<string, string> config, InstanceKind? kind)
    {
        switch (config.GetValueOrDefault("type", ""))
        {
            case "none":
                new DeviceKeyTable("none", new Dictionary<string, Func<string, string?>>(), new Dictionary<string, string>()).Validate(name, config);
                break;
            case "nic":
                validateNic(name, config);
                break;
            case "disk":
                DiskKeys.Validate(name, config, kind);
                break;
            case "unix-char" or "unix-block":
                UnixDevices.Validate(name, config, kind);
                break;
            case "proxy":
                ProxyDevices.Validate(name, config, kind);
                break;
            case "":
                throw BerthException.BadRequest($"Device \"{name}\" has no type; give one of {Served}");
            case var type when NotServed.TryGetValue(type, out var reason):
                throw BerthException.Unsupported($"Device \"{name}\": devices of type {type} are not supported: {reason}");
            case var type:
                throw BerthException.BadRequest($"Device \"{name}\": there is no device type \"{type}\"; there are: {Served}");
        }
    }
}
