using System.Text.RegularExpressions;
using static Berth.Core.Instances.ConfigKey;

namespace Berth.Core.Instances;

/// <summary>Keys of no other group, and the families that users name themselves.</summary>
internal static partial class MiscellaneousKeys
{
    private const string Stateful = "Berth cannot store the state of a running instance yet; stop it, then copy or move it";
    private const string Nvidia = "Berth does not put NVIDIA's libraries into containers; install them in the container, and give it the device nodes with unix-char devices";
    private const string Oci = "Berth runs system containers and machines, no application containers (OCI); run them with podman inside a container that has security.nesting=true";

    public static readonly ConfigKey[] Other =
    [
        OffOnly("agent.nic_config", "Let the agent name network interfaces", "Berth's agent does not rename interfaces; use cloud-init.network-config").ForMachines(),
        Text("cluster.evacuate", "What happens to it when its host is evacuated; kept for when the host joins a cluster") with
        {
            Default = "auto", Live = true,
            Check = ConfigValues.OneOf("auto", "migrate", "live-migrate", "refresh-migrate", "stop", "stateful-stop", "force-stop"),
        },
        Text("linux.kernel_modules", "Kernel modules to load on the host before it starts, separated by commas") with
        {
            Scope = KeyScope.Container, Live = true, Check = ConfigValues.ModuleNames,
        },
    ];

    public static readonly ConfigKey[] Families =
    [
        Text("environment.*", "Variable for init and every command inside") with { Live = true, Check = ConfigValues.SingleLine },
        Text("linux.sysctl.*", "Kernel parameter to set in the container") with { Scope = KeyScope.Container, Check = ConfigValues.SingleLine },
        Text("smbios11.*", "String for the machine's SMBIOS table 11") with { Scope = KeyScope.Machine, Check = ConfigValues.SingleLine },
        Text("systemd.credential.*", "Credential for systemd inside") with { Check = ConfigValues.Any },
        Text("systemd.credential-binary.*", "Credential for systemd inside, in Base64") with { Check = ConfigValues.Base64 },
        Text("user.*", "Anything; the guest API shows it inside") with { Live = true },
        Text("image.*", "Property of the image it was made from") with { Live = true },
    ];

    public static readonly ConfigKey[] Migration =
    [
        OffOnly("migration.incremental.memory", "Transfer memory in rounds", Stateful).ForContainers(),
        Integer("migration.incremental.memory.goal", "Percent of memory to transfer before stopping").ForContainers() with { Refusal = Stateful, Check = ConfigValues.NotNegative },
        Integer("migration.incremental.memory.iterations", "Most rounds").ForContainers() with { Refusal = Stateful, Check = ConfigValues.NotNegative },
        OffOnly("migration.stateful", "Allow stopping and moving it with its state", Stateful),
    ];

    public static readonly ConfigKey[] NvidiaKeys =
    [
        OffOnly("nvidia.runtime", "Give it the host's NVIDIA libraries", Nvidia).ForContainers(),
        Text("nvidia.driver.capabilities", "Parts of the driver it needs").ForContainers() with { Refusal = Nvidia },
        Text("nvidia.require.cuda", "CUDA version it needs").ForContainers() with { Refusal = Nvidia },
        Text("nvidia.require.driver", "Driver version it needs").ForContainers() with { Refusal = Nvidia },
    ];

    public static readonly ConfigKey[] OciKeys =
    [
        .. new[] { "cwd", "dns.domain", "dns.nameservers", "dns.search", "entrypoint", "gid", "uid" }.Select(name =>
            Text("oci." + name, "For application containers").ForContainers() with { Refusal = Oci }),
    ];

    public static readonly ConfigKey[] BerthKeys =
    [
        Text("berth.machine.accelerator", "What runs the machine's instructions") with { Scope = KeyScope.Machine, Default = "auto", Check = ConfigValues.OneOf("auto", "kvm", "tcg") },
        Text(MachineBoots.BootKey, "Whether the image's kernel is started directly, or through firmware") with
        {
            Scope = KeyScope.Machine, Default = "auto", Check = ConfigValues.OneOf("auto", "direct", "firmware"),
        },
        Text("berth.machine.firmware", "Firmware of machines that boot through one") with { Scope = KeyScope.Machine, Default = "uefi", Check = ConfigValues.OneOf("uefi", "bios") },
    ];

    /// <summary>What is wrong with the part of a family's key that the user named.</summary>
    public static string? ProblemOfName(string prefix, string name) => prefix switch
    {
        _ when name.Length == 0 => $"a name must follow \"{prefix}\"",
        "environment." => EnvironmentName().IsMatch(name) ? null : "what follows \"environment.\" must be a name of a variable",
        "linux.sysctl." => SysctlName().IsMatch(name) ? null : "what follows \"linux.sysctl.\" must be a name of a kernel parameter, for example net.ipv4.ip_forward",
        "systemd.credential." or "systemd.credential-binary." => CredentialName().IsMatch(name) && name is not ("." or "..")
            ? null
            : "a credential's name has letters, digits, dots, underscores and dashes, 255 at most",
        _ => name.Any(char.IsControl) ? "a key has no control characters" : null,
    };

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex EnvironmentName();

    [GeneratedRegex("^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*$")]
    private static partial Regex SysctlName();

    [GeneratedRegex("^[A-Za-z0-9._-]{1,255}$")]
    private static partial Regex CredentialName();
}
