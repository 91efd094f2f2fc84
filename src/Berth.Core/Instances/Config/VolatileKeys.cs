namespace Berth.Core.Instances;

/// <summary>
/// <c>volatile.*</c>: what the server notes about an instance. Clients send back what they have read, so every name of the API is
/// known; any other one is refused.
/// </summary>
public static class VolatileKeys
{
    internal const string Prefix = "volatile.";

    /// <summary>What cloud-init inside knows the instance by; another one makes it run again.</summary>
    public const string CloudInitId = "volatile.cloud-init.instance-id";

    /// <summary>The instance has said of itself that it is ready.</summary>
    public const string Ready = "volatile.last_state.ready";

    /// <summary>The machine gets new UEFI variables with its next start.</summary>
    public const string ApplyNvram = "volatile.apply_nvram";

    internal static readonly ConfigKey[] All =
    [
        Key("volatile.<name>.apply_quota", "Size that the disk gets with the next start"),
        Key("volatile.<name>.ceph_rbd", "Ceph device of the disk"),
        Key("volatile.<name>.host_name", "Name of the interface on the host"),
        Key("volatile.<name>.hwaddr", "MAC address that was chosen"),
        Key("volatile.<name>.io.bus", "Bus of the disk"),
        .. new[]
        {
            "created", "hwaddr", "ip_addresses", "mtu", "pci.driver", "pci.parent", "pci.slot.name", "usb.bus", "usb.device", "vdpa.name",
            "vf.hwaddr", "vf.id", "vf.parent", "vf.spoofcheck", "vf.trusted", "vf.vlan",
        }.Select(what => Key($"volatile.<name>.last_state.{what}", "State of the host's device before the instance had it")),
        Key("volatile.<name>.mig.uuid", "Part of the GPU"),
        Key("volatile.<name>.name", "Name of the interface inside"),
        Key("volatile.<name>.vgpu.uuid", "Virtual GPU"),
        Key(ApplyNvram, "Give the machine new UEFI variables with its next start", "bool", ConfigValues.Boolean),
        Key("volatile.apply_template", "Templates to apply with the next start"),
        Key("volatile.base_image", "Fingerprint of the image it was made from"),
        Key("volatile.berth.accelerator", "What runs the machine's instructions, and why"),
        Key(CloudInitId, "What cloud-init inside knows the instance by", check: ConfigValues.Uuid),
        Key("volatile.cluster.group", "Its group in the cluster"),
        Key("volatile.container.oci", "Whether it is an application container", "bool", ConfigValues.Boolean),
        Key("volatile.cpu.nodes", "NUMA node that was chosen"),
        Key("volatile.evacuate.origin", "Host it was moved from"),
        Key("volatile.idmap.base", "First host id of its range", "integer"),
        Key("volatile.idmap.current", "Ids of the running container"),
        Key("volatile.idmap.next", "Ids from the next start on"),
        Key("volatile.last_state.agent", "State of the agent when the host shut down"),
        Key("volatile.last_state.idmap", "Ids of its files"),
        Key("volatile.last_state.power", "Whether it runs"),
        Key(Ready, "Whether it has said that it is ready", "bool", ConfigValues.Boolean),
        Key("volatile.rebalance.last_move", "When the cluster last moved it", "integer", ConfigValues.Integer),
        Key("volatile.selinux.context", "SELinux context"),
        Key("volatile.uuid", "Its UUID"),
        Key("volatile.uuid.generation", "UUID that changes when it is restored", check: ConfigValues.Uuid),
        Key("volatile.vm.boot_state", "What the machine was started with"),
        Key("volatile.vm.definition", "Machine type"),
        Key("volatile.vm.hotplug.memory", "Memory that was added"),
        Key("volatile.vm.needs_reset", "Whether the machine is started anew with its next reboot", "bool", ConfigValues.Boolean),
        Key("volatile.vm.rtc_adjustment", "Change of the machine's clock", "integer", ConfigValues.Integer),
        Key("volatile.vm.rtc_offset", "Offset of the machine's clock", "integer", ConfigValues.Integer),
        Key("volatile.vsock_id", "Its number for vsock", "integer", ConfigValues.Integer),
    ];

    private const string Device = "volatile.<name>.";

    private static readonly Dictionary<string, ConfigKey> Plain =
        All.Where(k => !k.Name.StartsWith(Device, StringComparison.Ordinal)).ToDictionary(k => k.Name, StringComparer.Ordinal);

    /// <summary>Longest first: <c>volatile.eth0.last_state.hwaddr</c> ends in <c>.hwaddr</c> too.</summary>
    private static readonly ConfigKey[] OfDevices =
        [.. All.Where(k => k.Name.StartsWith(Device, StringComparison.Ordinal)).OrderByDescending(k => k.Name.Length)];

    /// <summary>The key, or the family of a device's keys; null when the API has none of that name.</summary>
    internal static ConfigKey? Find(string key) =>
        Plain.GetValueOrDefault(key)
        ?? OfDevices.FirstOrDefault(k => k.Name[(Device.Length - 1)..] is var end
            && key.EndsWith(end, StringComparison.Ordinal) && key.Length > Prefix.Length + end.Length);

    private static ConfigKey Key(string name, string description, string type = "string", Func<string, string?>? check = null) =>
        new(name, type, description) { Live = true, Check = check ?? ConfigValues.Any };
}
