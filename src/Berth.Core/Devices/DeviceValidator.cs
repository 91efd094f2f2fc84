using System.Collections.Immutable;
using Berth.Core.Resources;

namespace Berth.Core.Devices;

/// <summary>Checks device configurations: known types and keys only, each value in its form.</summary>
public sealed class DeviceValidator(Action<string, IReadOnlyDictionary<string, string>> validateNic)
{
    private static readonly string[] RootKeys = ["type", "path", "pool", "size"];

    private static readonly string[] IncusTypes =
        ["disk", "nic", "none", "gpu", "infiniband", "pci", "proxy", "tpm", "unix-block", "unix-char", "unix-hotplug", "usb"];

    /// <exception cref="BerthException">BadRequest or Unsupported that names the device.</exception>
    public void ValidateAll(ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> devices)
    {
        foreach (var (name, config) in devices)
        {
            ValidateName(name);
            ValidateOne(name, config);
        }

        var roots = devices.Where(d => IsRoot(d.Value)).Select(d => d.Key).ToList();
        if (roots.Count > 1)
        {
            throw BerthException.BadRequest($"There can be one root disk only; these have path=/: {string.Join(", ", roots)}");
        }
    }

    private static bool IsRoot(ImmutableSortedDictionary<string, string> config) =>
        config.GetValueOrDefault("type") == "disk" && config.GetValueOrDefault("path") == "/";

    private static void ValidateName(string name)
    {
        if (name.Length is 0 or > 64 || name is "." or ".." || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw BerthException.BadRequest($"Invalid device name \"{name}\": 1 to 64 letters, digits, dots, hyphens and underscores");
        }
    }

    private void ValidateOne(string name, ImmutableSortedDictionary<string, string> config)
    {
        switch (config.GetValueOrDefault("type", ""))
        {
            case "none":
                RefuseOtherKeys(name, config, ["type"]);
                break;
            case "nic":
                validateNic(name, config);
                break;
            case "disk" when IsRoot(config):
                RefuseOtherKeys(name, config, RootKeys);
                RequirePool(name, config);
                break;
            case "disk":
                throw BerthException.Unsupported($"Device \"{name}\": Berth serves the root disk (path=/) so far; further disks are not supported yet");
            case "":
                throw BerthException.BadRequest($"Device \"{name}\" has no type; give type=nic or type=disk");
            case var type when IncusTypes.Contains(type):
                throw BerthException.Unsupported($"Device \"{name}\": devices of type {type} are not supported yet");
            case var type:
                throw BerthException.BadRequest($"Device \"{name}\": there is no device type \"{type}\"; supported: disk, nic, none");
        }
    }

    private static void RequirePool(string name, ImmutableSortedDictionary<string, string> config)
    {
        if (string.IsNullOrEmpty(config.GetValueOrDefault("pool")))
        {
            throw BerthException.BadRequest($"Device \"{name}\": a root disk needs a storage pool, for example pool=default");
        }

        if (config.TryGetValue("size", out var size) && size.Length > 0)
        {
            ByteSize.Parse($"device \"{name}\" size", size);
        }
    }

    private static void RefuseOtherKeys(string name, ImmutableSortedDictionary<string, string> config, string[] known)
    {
        foreach (var key in config.Keys.Where(k => !known.Contains(k)))
        {
            throw BerthException.BadRequest($"Device \"{name}\": unknown or unsupported key \"{key}\"; supported: {string.Join(", ", known)}");
        }
    }
}
