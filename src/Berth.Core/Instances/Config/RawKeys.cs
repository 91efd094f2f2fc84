using static Berth.Core.Instances.ConfigKey;

namespace Berth.Core.Instances;

/// <summary>Lines for the tools below Berth.</summary>
internal static class RawKeys
{
    private const string Conf = "Berth starts QEMU with a command line, not with a configuration file; use raw.qemu";
    private const string Qmp = "Berth sends QEMU no commands of others: they could undo what it keeps track of; use raw.qemu";

    public static readonly ConfigKey[] All =
    [
        Blob("raw.apparmor", "Rules added to the container's AppArmor profile").ForContainers(),
        Blob("raw.idmap", "Further ids of the host for the container").ForContainers() with
        {
            Refusal = "every container has a range of ids that nobody else has; share a host directory with a disk device that has shift=true",
        },
        Blob("raw.lxc", "Lines added to liblxc's configuration of the container").ForContainers() with { Check = RawLxc.Problem },
        Blob("raw.seccomp", "The container's whole seccomp policy, in liblxc's form").ForContainers(),
        Blob("raw.qemu", "Arguments added to QEMU's command line").ForMachines() with { Check = RawQemu.Problem },
        Blob("raw.qemu.conf", "Changes of QEMU's configuration file").ForMachines() with { Refusal = Conf },
        Blob("raw.qemu.qmp.early", "QMP commands before the machine is set up").ForMachines() with { Refusal = Qmp },
        Blob("raw.qemu.qmp.pre-start", "QMP commands before its CPUs run").ForMachines() with { Refusal = Qmp },
        Blob("raw.qemu.qmp.post-start", "QMP commands after its CPUs run").ForMachines() with { Refusal = Qmp },
        Text("raw.qemu.scriptlet", "Script that changes QEMU's command line").ForMachines() with { Refusal = Qmp },
    ];
}
