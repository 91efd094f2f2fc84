using Berth.Core;

namespace Berth.Machines;

/// <summary>Configuration keys that only this engine understands.</summary>
public static class MachineConfig
{
    /// <summary><c>uefi</c> (default) or <c>bios</c>, for machines that boot through firmware.</summary>
    public const string FirmwareKey = "berth.machine.firmware";

    /// <summary><c>auto</c> (default), <c>kvm</c> or <c>tcg</c>.</summary>
    public const string AcceleratorKey = Acceleration.AcceleratorProbe.ConfigKey;

    internal static bool UsesBios(IReadOnlyDictionary<string, string> config) => config.GetValueOrDefault(FirmwareKey) switch
    {
        null or "" or "uefi" => false,
        "bios" => true,
        var other => throw BerthException.BadRequest($"{FirmwareKey} is \"{other}\"; it can be uefi or bios."),
    };
}
