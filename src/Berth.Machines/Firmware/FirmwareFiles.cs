using Berth.Core;

namespace Berth.Machines.Firmware;

/// <summary>UEFI firmware: code that all machines share, and the template of the variables that each has of its own.</summary>
/// <param name="Secure">It enforces secure boot with Microsoft's keys, and needs SMM for that.</param>
internal sealed record FirmwareFiles(string Code, string Variables, bool Secure = false)
{
    /// <summary>What distributions install; without secure boot's keys and SMM, which need more of the machine.</summary>
    private static readonly FirmwareFiles[] s_known =
    [
        new("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        new("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
        new("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
        new("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
        new("/usr/share/qemu/ovmf-x86_64-code.bin", "/usr/share/qemu/ovmf-x86_64-vars.bin"),
    ];

    /// <summary>The same with secure boot: variables with Microsoft's keys enrolled.</summary>
    private static readonly FirmwareFiles[] s_secure =
    [
        new("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd", true),
        new("/usr/share/OVMF/OVMF_CODE.secboot.fd", "/usr/share/OVMF/OVMF_VARS.ms.fd", true),
        new("/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd", "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd", true),
        new("/usr/share/qemu/ovmf-x86_64-smm-ms-code.bin", "/usr/share/qemu/ovmf-x86_64-smm-ms-vars.bin", true),
    ];

    /// <param name="secure">With secure boot.</param>
    /// <exception cref="BerthException">Unsupported: this host has none.</exception>
    public static FirmwareFiles Find(bool secure) =>
        (secure ? s_secure : s_known).FirstOrDefault(files => File.Exists(files.Code) && File.Exists(files.Variables))
        ?? throw BerthException.Unsupported(secure
            ? "No UEFI firmware with secure boot on this host: install the package ovmf, or set security.secureboot=false"
            : NoFirmware);

    private const string NoFirmware =
        "No UEFI firmware on this host: install the package ovmf, or boot the machine with a kernel of its image.";

    /// <summary>
    /// The machine's own variables, made on its first boot. They fit the code that they were made for, so the choice is kept: a
    /// change of the host's packages must not swap the size below a machine.
    /// </summary>
    /// <param name="renew">Begin with the template again.</param>
    public FirmwareFiles ForMachine(string stateDirectory, bool renew = false)
    {
        var marker = Path.Combine(stateDirectory, "nvram.code");
        var variables = Path.Combine(stateDirectory, "nvram.fd");
        if (!renew && File.Exists(variables) && Marked(marker) is { } kept && File.Exists(kept.Code) && kept.Secure == Secure)
        {
            return new FirmwareFiles(kept.Code, variables, kept.Secure);
        }
        File.WriteAllText(marker, Secure ? Code + SecureMark : Code);
        var half = variables + ".new";
        File.Copy(Variables, half, overwrite: true);
        File.SetUnixFileMode(half, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(half, variables, overwrite: true);
        return this with { Variables = variables };
    }

    /// <summary>Which code the variables were made for: turning secure boot on or off makes new ones.</summary>
    private static (string Code, bool Secure)? Marked(string marker)
    {
        if (!File.Exists(marker))
        {
            return null;
        }
        var text = File.ReadAllText(marker);
        return text.EndsWith(SecureMark, StringComparison.Ordinal) ? (text[..^SecureMark.Length], true) : (text, false);
    }

    private const string SecureMark = "\nsecure";
}
