using System.Collections.Immutable;
using Berth.Core.Instances;

namespace Berth.Core.Projects;

/// <summary>
/// What a restricted project forbids (<c>restricted.*</c>; all is blocked that no key allows). Keys are those of the Incus API;
/// what Berth does not serve at all is refused elsewhere, before it comes here.
/// </summary>
internal static class ProjectRestrictions
{
    private static readonly ImmutableSortedDictionary<string, string> Defaults = new Dictionary<string, string>
    {
        ["restricted.containers.privilege"] = "unprivileged",
        ["restricted.devices.disk"] = "managed",
        ["restricted.devices.nic"] = "managed",
        ["restricted.virtual-machines.nesting"] = "allow",
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static readonly ImmutableHashSet<string> InterceptionKeys =
    [
        "security.syscalls.intercept.bpf", "security.syscalls.intercept.bpf.devices", "security.syscalls.intercept.mknod",
        "security.syscalls.intercept.mount", "security.syscalls.intercept.mount.fuse", "security.syscalls.intercept.setxattr",
        "security.syscalls.intercept.sysinfo",
    ];

    private static readonly ImmutableHashSet<string> LowLevelContainerKeys =
    [
        "boot.host_shutdown_action", "boot.host_shutdown_timeout", "limits.memory.oom_priority", "limits.memory.swap",
        "linux.kernel_modules", "raw.apparmor", "raw.idmap", "raw.lxc", "raw.seccomp", "security.devlxd.images",
        "security.guestapi.images", "security.idmap.base", "security.idmap.size",
    ];

    private static readonly ImmutableHashSet<string> LowLevelMachineKeys =
    [
        "boot.host_shutdown_action", "boot.host_shutdown_timeout", "limits.memory.hugepages", "limits.memory.oom_priority",
        "raw.apparmor", "raw.idmap",
    ];

    /// <summary>The value of a <c>restricted.*</c> key, with its default.</summary>
    public static string ValueOf(ProjectRecord project, string key) =>
        project.Config.GetValueOrDefault(key) is { Length: > 0 } value ? value : Defaults.GetValueOrDefault(key, "block");

    /// <summary>Whether a comma-separated list of names has <paramref name="name"/>; a list that is not there has every name.</summary>
    public static bool ListAllows(ProjectRecord project, string key, string name) =>
        !project.Restricted || project.Config.GetValueOrDefault(key) is not { Length: > 0 } list || list.Split(',', StringSplitOptions.TrimEntries).Contains(name);

    /// <param name="kind">Null for a profile, which must fit both kinds.</param>
    /// <param name="owner">What it is, for messages: <c>instance "web1"</c>.</param>
    /// <exception cref="BerthException">Forbidden: names the key or device, and what would allow it.</exception>
    public static void Check(
        ProjectRecord project,
        InstanceKind? kind,
        string owner,
        ImmutableSortedDictionary<string, string> config,
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> devices)
    {
        if (!project.Restricted)
        {
            return;
        }

        if (kind is not InstanceKind.Machine)
        {
            CheckContainer(project, kind, owner, config);
        }

        if (kind is not InstanceKind.Container)
        {
            CheckMachine(project, kind, owner, config);
        }

        foreach (var (name, device) in devices)
        {
            CheckDevice(project, owner, name, device);
        }
    }

    /// <summary>Keys that a client sets and that Berth keeps for itself otherwise: they reach around the restrictions.</summary>
    public static void CheckVolatile(ProjectRecord project, InstanceRecord wanted, InstanceRecord? present)
    {
        if (!project.Restricted || ValueOf(project, LowLevelKey(wanted.Kind)) == "allow")
        {
            return;
        }

        foreach (var (key, value) in wanted.Config.Where(c => c.Key.StartsWith("volatile.", StringComparison.Ordinal)))
        {
            var harmless = key is "volatile.apply_template" or "volatile.base_image" or "volatile.last_state.power"
                || key.EndsWith(".hwaddr", StringComparison.Ordinal) || key.EndsWith(".apply_quota", StringComparison.Ordinal);
            if (!harmless && present?.Config.GetValueOrDefault(key) != value)
            {
                throw Forbidden(project, $"instance \"{wanted.Name}\"", key, LowLevelKey(wanted.Kind));
            }
        }
    }

    private static void CheckContainer(ProjectRecord project, InstanceKind? kind, string owner, ImmutableSortedDictionary<string, string> config)
    {
        var privilege = ValueOf(project, "restricted.containers.privilege");
        var lowLevel = ValueOf(project, LowLevelKey(InstanceKind.Container)) == "allow";
        foreach (var (key, value) in config)
        {
            var blockedBy = key switch
            {
                "security.nesting" when ConfigCatalogue.IsTrue(value) && ValueOf(project, "restricted.containers.nesting") == "block" => "restricted.containers.nesting",
                "security.privileged" when ConfigCatalogue.IsTrue(value) && privilege != "allow" => "restricted.containers.privilege",
                _ when InterceptionKeys.Contains(key) =>
                    !string.IsNullOrEmpty(value) && ConfigCatalogue.IsTrue(value) && !InterceptionAllowed(project, key) ? "restricted.containers.interception" : null,
                "raw.idmap" when !lowLevel => IdMapAllowed(project, value) ? null : "restricted.idmap.uid and restricted.idmap.gid",
                _ when !lowLevel && IsLowLevel(key) => LowLevelKey(InstanceKind.Container),
                _ => null,
            };
            if (blockedBy is not null)
            {
                throw Forbidden(project, owner, key, blockedBy);
            }
        }

        // Berth gives every container ids of its own; only saying the opposite is against "isolated".
        if (privilege == "isolated" && kind == InstanceKind.Container && config.GetValueOrDefault("security.idmap.isolated") is "false" or "0" or "no" or "off")
        {
            throw Forbidden(project, owner, "security.idmap.isolated", "restricted.containers.privilege");
        }
    }

    private static void CheckMachine(ProjectRecord project, InstanceKind? kind, string owner, ImmutableSortedDictionary<string, string> config)
    {
        var lowLevel = ValueOf(project, LowLevelKey(InstanceKind.Machine)) == "allow";
        foreach (var key in config.Keys.Where(k => !lowLevel && (LowLevelMachineKeys.Contains(k) || k == "raw.qemu" || k.StartsWith("raw.qemu.", StringComparison.Ordinal))))
        {
            if (key != "raw.idmap" || !IdMapAllowed(project, config[key]))
            {
                throw Forbidden(project, owner, key, LowLevelKey(InstanceKind.Machine));
            }
        }

        if (kind == InstanceKind.Machine && ValueOf(project, "restricted.virtual-machines.nesting") == "block"
            && config.GetValueOrDefault("security.nesting") is not ("false" or "0" or "no" or "off"))
        {
            throw new BerthException(
                ErrorKind.Forbidden, $"The project \"{project.Name}\" forbids nested virtualization: set security.nesting=false on the {owner} (restricted.virtual-machines.nesting)");
        }
    }

    private static void CheckDevice(ProjectRecord project, string owner, string name, ImmutableSortedDictionary<string, string> device)
    {
        var type = device.GetValueOrDefault("type", "");
        switch (type)
        {
            case "nic":
                CheckNic(project, owner, name, device);
                break;
            case "disk":
                CheckDisk(project, owner, name, device);
                break;
            case "gpu" or "infiniband" or "pci" or "proxy" or "unix-block" or "unix-char" or "unix-hotplug" or "usb"
                when ValueOf(project, $"restricted.devices.{type}") == "block":
                throw Forbidden(project, owner, $"device \"{name}\"", $"restricted.devices.{type}");
        }
    }

    private static void CheckNic(ProjectRecord project, string owner, string name, ImmutableSortedDictionary<string, string> device)
    {
        const string key = "restricted.devices.nic";
        var (rule, network, parent) = (ValueOf(project, key), device.GetValueOrDefault("network", ""), device.GetValueOrDefault("parent", ""));
        if (rule == "block" || (rule == "managed" && network.Length == 0))
        {
            throw Forbidden(project, owner, $"device \"{name}\"", key);
        }

        var used = network.Length > 0 ? network : parent;
        if (used.Length > 0 && !ListAllows(project, "restricted.networks.access", used))
        {
            throw Forbidden(project, owner, $"network \"{used}\"", "restricted.networks.access");
        }
    }

    private static void CheckDisk(ProjectRecord project, string owner, string name, ImmutableSortedDictionary<string, string> device)
    {
        const string key = "restricted.devices.disk";
        var (rule, pool, source) = (ValueOf(project, key), device.GetValueOrDefault("pool", ""), device.GetValueOrDefault("source", ""));
        if (pool.Length > 0 && !ListAllows(project, "restricted.storage-pools.access", pool))
        {
            throw Forbidden(project, owner, $"storage pool \"{pool}\"", "restricted.storage-pools.access");
        }

        if ((device.GetValueOrDefault("path") == "/" && pool.Length > 0) || source is "cloud-init:config" or "agent:config")
        {
            return;
        }

        if (rule == "block" || (rule == "managed" && pool.Length == 0))
        {
            throw Forbidden(project, owner, $"device \"{name}\"", key);
        }

        if (pool.Length == 0 && !PathAllowed(project, source))
        {
            throw Forbidden(project, owner, $"source \"{source}\" of the device \"{name}\"", "restricted.devices.disk.paths");
        }
    }

    /// <summary>Whether a directory of the host may be given to an instance, by its path without "..".</summary>
    internal static bool PathAllowed(ProjectRecord project, string source) =>
        project.Config.GetValueOrDefault("restricted.devices.disk.paths") is not { Length: > 0 } list
        || list.Split(',').Any(allowed => Slashed(source).StartsWith(Slashed(allowed), StringComparison.Ordinal));

    private static string Slashed(string path) => path.StartsWith('/') ? Path.GetFullPath(path).TrimEnd('/') + "/" : path;

    /// <summary>Mounting lets a container reach kernel code with its own file systems: "allow" has what is safe, "full" everything.</summary>
    private static bool InterceptionAllowed(ProjectRecord project, string key) => ValueOf(project, "restricted.containers.interception") switch
    {
        "full" => true,
        "allow" => key != "security.syscalls.intercept.mount",
        _ => false,
    };

    private static bool IsLowLevel(string key) =>
        LowLevelContainerKeys.Contains(key)
        || key.StartsWith("security.bpffs", StringComparison.Ordinal)
        || (key.StartsWith("security.syscalls.intercept", StringComparison.Ordinal) && !InterceptionKeys.Contains(key));

    /// <summary>Lines of <c>raw.idmap</c>: <c>uid 1000 1000</c>, <c>both 1000-1999 0-999</c>. Every host id must lie in an allowed range.</summary>
    internal static bool IdMapAllowed(ProjectRecord project, string value)
    {
        foreach (var line in value.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var which, var host, _] || IdRange(host) is not { } range)
            {
                return false;
            }

            if ((which is not "gid" && !Covered(project, "restricted.idmap.uid", range)) || (which is not "uid" && !Covered(project, "restricted.idmap.gid", range)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Covered(ProjectRecord project, string key, HostIds range) =>
        (project.Config.GetValueOrDefault(key) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Any(allowed => IdRange(allowed) is { } a && a.First <= range.First && range.Last <= a.Last);

    private static HostIds? IdRange(string text)
    {
        var ends = text.Split('-');
        return ends.Length <= 2 && long.TryParse(ends[0], out var first) && long.TryParse(ends[^1], out var last) && first <= last ? new(first, last) : null;
    }

    private static string LowLevelKey(InstanceKind kind) =>
        kind == InstanceKind.Container ? "restricted.containers.lowlevel" : "restricted.virtual-machines.lowlevel";

    private static BerthException Forbidden(ProjectRecord project, string owner, string what, string key) =>
        new(ErrorKind.Forbidden, $"The project \"{project.Name}\" forbids {what} on the {owner} ({key})");

    private sealed record HostIds(long First, long Last);
}
