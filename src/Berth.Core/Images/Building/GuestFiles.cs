namespace Berth.Core.Images.Building;

/// <summary>
/// What turns a distribution's packages into an image that starts as container and as machine. Everything is configuration that its
/// owner may change; what does not apply to a kind is skipped by the unit's own condition.
/// </summary>
internal static class GuestFiles
{
    public const string AgentPath = "usr/lib/berth/berth-agent";

    /// <summary>
    /// Before the kernel is installed, so that its ramdisk is made once. It carries the modules of QEMU's virtual hardware and no other:
    /// «most» would be four times as large, «dep» would ask the host that builds. lz4 unpacks fastest, which counts under emulation.
    /// </summary>
    public static readonly IReadOnlyList<GuestFile> BeforeKernel =
    [
        new("etc/initramfs-tools/conf.d/berth", "MODULES=list\nCOMPRESS=lz4\n"),
        new("usr/share/initramfs-tools/modules.d/berth", """
            virtio_pci
            virtio_mmio
            virtio_blk
            virtio_scsi
            virtio_console
            virtio_net
            virtio_rng
            sd_mod
            ext4
            """ + "\n"),
    ];

    private const string NotInContainers = "[Unit]\nConditionVirtualization=!container\n";

    /// <summary>Units that ask for what no unprivileged container may do: mounts of kernel filesystems, hardware, the audit log.</summary>
    private static readonly string[] MachineUnits =
    [
        "dev-hugepages.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-kernel-config.mount", "sys-fs-fuse-connections.mount",
        "systemd-modules-load.service", "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-udev-settle.service",
        "systemd-udevd-control.socket", "systemd-udevd-kernel.socket", "systemd-journald-audit.socket", "kmod-static-nodes.service",
        "systemd-remount-fs.service", "e2scrub_reap.service", "fstrim.timer",
    ];

    public static IReadOnlyList<GuestFile> AfterPackages(bool withAgent)
    {
        List<GuestFile> files =
        [
            new("etc/systemd/network/80-berth.network", Network),
            new("etc/systemd/system/systemd-networkd-wait-online.service.d/berth.conf", WaitOnline),
            new("etc/systemd/resolved.conf.d/berth.conf", "[Resolve]\nLLMNR=no\nMulticastDNS=no\nResolveUnicastSingleLabel=yes\n"),
            new("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf", IsLink: true),
            new("etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"),
            new("etc/fstab", "# The root is mounted by the kernel's command line (machines) or by the host (containers).\n"),
            new("etc/machine-id", ""),
            new("etc/default/locale", "LANG=C.UTF-8\n"),
            new("etc/systemd/system/berth-grow-root.service", GrowRoot),
            new("etc/systemd/system/multi-user.target.wants/berth-grow-root.service", "../berth-grow-root.service", IsLink: true),
            .. MachineUnits.Select(unit => new GuestFile($"etc/systemd/system/{unit}.d/berth.conf", NotInContainers)),
        ];
        if (withAgent)
        {
            files.Add(new("etc/systemd/system/berth-agent.service", Agent));
            files.Add(new("etc/systemd/system/sysinit.target.wants/berth-agent.service", "../berth-agent.service", IsLink: true));
        }

        return files;
    }

    /// <summary>
    /// One rule for the first interface of both kinds. The client id is the MAC address: copies of an instance share their machine-id until
    /// their first boot, and two clients with one id would get one address.
    /// </summary>
    private const string Network = """
        [Match]
        Name=en* eth* host0

        [Network]
        DHCP=yes
        IPv6AcceptRA=yes

        [DHCPv4]
        ClientIdentifier=mac
        UseDomains=yes

        [DHCPv6]
        DUIDType=link-layer
        UseDomains=yes

        [IPv6AcceptRA]
        UseDomains=yes

        """;

    /// <summary>A second interface without a network must not hold up the boot.</summary>
    private const string WaitOnline = """
        [Service]
        ExecStart=
        ExecStart=/lib/systemd/systemd-networkd-wait-online --any --timeout=30

        """;

    private const string GrowRoot = """
        [Unit]
        Description=Grow the root filesystem to its disk
        ConditionVirtualization=vm
        ConditionPathExists=/lib/systemd/systemd-growfs

        [Service]
        Type=oneshot
        ExecStart=/lib/systemd/systemd-growfs /

        [Install]
        WantedBy=multi-user.target

        """;

    /// <summary>
    /// Up as early as there is a root filesystem: whoever debugs a boot wants it first, and nothing of it needs the network or the bus.
    /// It waits for its port by itself. A program that the host runs is the host's: it ends with the agent, as with its terminal.
    /// </summary>
    private const string Agent = """
        [Unit]
        Description=Berth guest agent
        ConditionVirtualization=vm
        DefaultDependencies=no
        After=systemd-remount-fs.service
        Before=sysinit.target shutdown.target
        Conflicts=shutdown.target

        [Service]
        Type=exec
        ExecStartPre=-/sbin/modprobe -q virtio_console
        ExecStart=/usr/lib/berth/berth-agent
        Restart=always
        RestartSec=1
        KillMode=control-group
        OOMScoreAdjust=-900

        [Install]
        WantedBy=sysinit.target

        """;
}
