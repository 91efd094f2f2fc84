using static Berth.Core.Instances.ConfigKey;

namespace Berth.Core.Instances;

/// <summary>What an instance may do to the host, and who may do what to the instance.</summary>
internal static class SecurityKeys
{
    private const string Intercept = "Berth hands no system calls of containers to the host; give the device or the mount with a device of the instance instead";
    private const string Bpf = "Berth delegates no BPF to containers; run what needs it in a virtual machine";
    private const string Selinux = "Berth labels nothing for SELinux; containers are shut in by user namespaces, seccomp and AppArmor, machines by their own user and QEMU's sandbox";
    private const string Sev = "Berth starts no encrypted machines (AMD SEV)";

    public static readonly ConfigKey[] All =
    [
        Bool("security.agent.metrics", "Ask the agent in the machine for its state", byDefault: true).ForMachines(),
        Bool("security.guestapi", "Serve the guest API at /dev/incus/sock inside", byDefault: true) with { Live = true },
        Bool("security.guestapi.images", "Let the guest API hand out images").ForContainers() with { Live = true },
        Integer("security.idmap.base", "First host id of the container's range, chosen when it is made").ForContainers() with { Check = ConfigValues.NotNegative },
        Bool("security.idmap.isolated", "Give it ids that no other instance has; Berth always does").ForContainers() with { Default = "true" },
        Integer("security.idmap.size", "Number of ids of the container: 65536").ForContainers() with { Default = "65536", Check = IdCount },
        Bool("security.nesting", "Let containers run inside the container; machines always can").WithDefault("false (containers), true (machines)"),
        Bool("security.privileged", "Make root inside root on the host; chosen when it is made").ForContainers(),
        Bool("security.protection.delete", "Refuse to delete it") with { Live = true },
        Bool("security.protection.shift", "Never change the owners of its files; Berth never does").ForContainers() with { Live = true, Default = "true" },
        Bool("security.protection.start", "Refuse to start it") with { Live = true },
        Bool("security.csm", "Boot through a BIOS instead of UEFI").ForMachines(),
        Bool("security.secureboot", "Let UEFI start only what is signed with Microsoft's keys", byDefault: true).ForMachines(),
        Bool("security.iommu", "Give the machine an IOMMU (virtio-iommu)").ForMachines(),
        Bool("security.syscalls.deny_default", "Refuse the system calls that are a danger to the host", byDefault: true).ForContainers(),
        Bool("security.syscalls.deny_compat", "Refuse 32-bit system calls").ForContainers(),
        Text("security.syscalls.deny", "Further system calls to refuse, one a line").ForContainers() with { Check = ConfigValues.SystemCalls },
        Text("security.syscalls.allow", "The only system calls to allow, one a line").ForContainers() with { Check = ConfigValues.SystemCalls },
        Intercepted("bpf"),
        Intercepted("bpf.devices"),
        Intercepted("mknod"),
        Intercepted("mount"),
        Intercepted("mount.shift"),
        Intercepted("sched_setscheduler"),
        Intercepted("setxattr"),
        Intercepted("sysinfo"),
        Text("security.syscalls.intercept.mount.allowed", "Filesystems that can be mounted").ForContainers() with { Refusal = Intercept },
        Text("security.syscalls.intercept.mount.fuse", "Filesystems that FUSE is to mount").ForContainers() with { Refusal = Intercept },
        .. new[] { "attachs", "cmds", "maps", "progs" }.Select(what =>
            Text($"security.bpffs.delegate_{what}", "What of BPF to delegate").ForContainers() with { Refusal = Bpf }),
        Text("security.bpffs.path", "Where to mount the BPF filesystem").ForContainers() with { Refusal = Bpf },
        Text("security.selinux.domain", "SELinux domain of its processes") with { Refusal = Selinux },
        Text("security.selinux.label_rootfs", "Whether its files are labelled").ForContainers() with { Refusal = Selinux, AsksNothing = static v => v is "never" },
        Text("security.selinux.level", "SELinux level") with { Refusal = Selinux },
        Text("security.selinux.type", "SELinux type of its files") with { Refusal = Selinux },
        OffOnly("security.sev", "Encrypt its memory (AMD SEV)", Sev).ForMachines(),
        OffOnly("security.sev.policy.es", "Encrypt its registers (AMD SEV-ES)", Sev).ForMachines(),
        Text("security.sev.session.data", "The guest owner's session").ForMachines() with { Refusal = Sev },
        Text("security.sev.session.dh", "The guest owner's Diffie-Hellman key").ForMachines() with { Refusal = Sev },
    ];

    private static ConfigKey WithDefault(this ConfigKey key, string value) => key with { Default = value };

    private static ConfigKey Intercepted(string call) =>
        OffOnly($"security.syscalls.intercept.{call}", $"Let the host carry out {call}", Intercept).ForContainers();

    private static string? IdCount(string value) =>
        value == "65536" ? null : "every container of Berth has 65536 ids; unset it, or nest containers that need fewer";
}
