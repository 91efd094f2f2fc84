using Berth.Core;

namespace Berth.Machines.Firmware;

/// <summary>UEFI firmware: code that all machines share, and the template of the variables that each has of its own.</summary>
internal sealed record FirmwareFiles(string Code, string Variables)
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

    public static FirmwareFiles Find() =>
        s_known.FirstOrDefault(files => File.Exists(files.Code) && File.Exists(files.Variables))
        ?? throw BerthException.Unsupported("No UEFI firmware on this host: install the package ovmf, or boot the machine with a kernel of its image.");

    /// <summary>
    /// The machine's own variables, made on its first boot. They fit the code that they were made for, so the choice is kept: a
    /// change of the host's packages must not swap the size below a machine.
    /// </summary>
    public FirmwareFiles ForMachine(string stateDirectory)
    {
        var marker = Path.Combine(stateDirectory, "nvram.code");
        var variables = Path.Combine(stateDirectory, "nvram.fd");
        if (File.Exists(variables) && File.Exists(marker) && File.ReadAllText(marker) is var code && File.Exists(code))
        {
            return new FirmwareFiles(code, variables);
        }
        File.WriteAllText(marker, Code);
        var half = variables + ".new";
        File.Copy(Variables, half, overwrite: true);
        File.SetUnixFileMode(half, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(half, variables, overwrite: true);
        return this with { Variables = variables };
    }
}
