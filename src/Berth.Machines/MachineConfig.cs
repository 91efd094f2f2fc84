using Berth.Core;
using Berth.Core.Instances;

namespace Berth.Machines;

/// <summary>Configuration keys that only this engine understands.</summary>
public static class MachineConfig
{
    /// <summary><c>uefi</c> (default) or <c>bios</c>, for machines that boot through firmware.</summary>
    public const string FirmwareKey = "berth.machine.firmware";

    /// <summary><c>auto</c> (default), <c>kvm</c> or <c>tcg</c>.</summary>
    public const string AcceleratorKey = Acceleration.AcceleratorProbe.ConfigKey;

    /// <summary>Secure boot holds where a machine boots through UEFI, unless it is switched off: as Incus.</summary>
    internal static bool IsSecure(IReadOnlyDictionary<string, string> config) => !ConfigCatalogue.IsFalse(config.GetValueOrDefault("security.secureboot"));

    /// <exception cref="BerthException">BadRequest: what is asked for does not go together, or not with the image.</exception>
    internal static void Check(RunSpec spec)
    {
        var config = spec.Config;
        if (spec.Boot!.Kernel is not null && ConfigCatalogue.IsTrue(config.GetValueOrDefault("security.secureboot")))
        {
            throw BerthException.BadRequest(
                $"Machine {spec.Id} starts its image's kernel directly, where no firmware checks it: unset security.secureboot, or set {MachineBoots.BootKey}=firmware if the image has a signed boot loader.");
        }
        if (ConfigCatalogue.IsTrue(config.GetValueOrDefault("security.csm")) && spec.Boot.Kernel is null && IsSecure(config))
        {
            throw BerthException.BadRequest("Secure boot can't be enabled while CSM is turned on. Please set \"security.secureboot=false\" on the instance");
        }
        if (spec.Boot.Kernel is null && !UsesBios(config) && IsSecure(config) && ConfigCatalogue.IsFalse(config.GetValueOrDefault("image.requirements.secureboot")))
        {
            throw BerthException.BadRequest("The image used by this instance is incompatible with secureboot. Please set security.secureboot=false on the instance");
        }
    }

    internal static bool UsesBios(IReadOnlyDictionary<string, string> config) => config.GetValueOrDefault(FirmwareKey) switch
    {
        null or "" or "uefi" => ConfigCatalogue.IsTrue(config.GetValueOrDefault("security.csm")),
        "bios" => true,
        var other => throw BerthException.BadRequest($"{FirmwareKey} is \"{other}\"; it can be uefi or bios."),
    };
}
