using Berth.Core;
using Berth.Core.Instances;

namespace Berth.Containers.Lxc;

/// <summary>The part of liblxc's configuration that shuts a container in.</summary>
internal static class LxcSecurity
{
    /// <summary>What even a container's root may not do in its user namespace; a privileged one may change its own AppArmor policy no more than others.</summary>
    private const string DroppedCapabilities = "mac_admin mac_override sys_time sys_module sys_rawio";

    /// <summary>Devices that a privileged container may use: root there is root, so nothing else keeps it from the host's disks.</summary>
    private static readonly string[] AllowedDevices =
    [
        "b *:* m", "c *:* m", "c 136:* rwm", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm",
        "c 10:229 rwm", "c 10:200 rwm",
    ];

    public static void Write(RunSpec spec, HostFeatures host, Action<string, string> set)
    {
        var nesting = ConfigCatalogue.IsTrue(spec.Config.GetValueOrDefault("security.nesting"));
        var privileged = spec.Root!.IsPrivileged;
        set("mount.auto", (privileged, nesting) switch
        {
            (true, false) => "proc:mixed sys:mixed cgroup:rw:force",
            (false, false) => "proc:rw sys:mixed cgroup:rw:force",
            _ => "proc:rw sys:rw cgroup:rw:force",
        });
        set("cap.drop", DroppedCapabilities);
        if (privileged)
        {
            WriteDevices(host, set);
        }

        if (nesting)
        {
            // The kernel lets a nested user namespace mount proc and sysfs only where one that nothing is mounted over is in sight.
            set("mount.entry", "proc dev/.lxc/proc proc create=dir,optional 0 0");
            set("mount.entry", "sys dev/.lxc/sys sysfs create=dir,optional 0 0");
        }

        WriteAppArmor(spec, host, privileged && !nesting, set);
    }

    private static void WriteDevices(HostFeatures host, Action<string, string> set)
    {
        var group = host.LegacyDevices ? "cgroup.devices" : "cgroup2.devices";
        set($"{group}.deny", "a");
        foreach (var device in AllowedDevices)
        {
            set($"{group}.allow", device);
        }
    }

    private static void WriteAppArmor(RunSpec spec, HostFeatures host, bool strict, Action<string, string> set)
    {
        var rules = spec.Config.GetValueOrDefault("raw.apparmor", "");
        if (!host.AppArmor)
        {
            if (rules.Length > 0)
            {
                throw BerthException.Unsupported("raw.apparmor cannot be had on this host: AppArmor is not enforced here; unset it");
            }

            return;
        }

        set("apparmor.profile", "generated");
        if (!strict)
        {
            // Without it the profile refuses the mounts with which systemd shuts its own services in, with an error that systemd does not
            // take for "not in here": logind, networkd and resolved would not start. What an unprivileged container may mount, its user
            // namespace decides.
            set("apparmor.allow_nesting", "1");
        }

        foreach (var rule in rules.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            set("apparmor.raw", rule);
        }
    }
}
