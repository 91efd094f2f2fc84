using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Networks;

namespace Berth.Containers.Lxc;

/// <summary>
/// Writes liblxc's configuration of one container. Pure: the same spec and host give the same text. What the kernel
/// enforces as limits is not here: it is set on the parent cgroup, which a reboot from inside does not touch.
/// </summary>
internal static class LxcConfig
{
    /// <summary>PATH of init and of every command that sets none.</summary>
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private const int ConsoleLogBytes = 1 << 19;

    /// <summary>Devices that are safe in a user namespace, and that FUSE and VPN programs want.</summary>
    private static readonly string[] Nodes = ["fuse", "net/tun"];

    public static string Write(RunSpec spec, ContainerPaths paths, HostFeatures host)
    {
        var text = new StringBuilder(2048);
        void Set(string key, string value) => text.Append("lxc.").Append(key).Append(" = ").Append(Checked(key, value)).Append('\n');

        Set("uts.name", spec.Id.Name);
        Set("rootfs.path", "dir:" + paths.RootFs);
        if (!spec.Root!.IsPrivileged)
        {
            Set("idmap", $"u 0 {spec.Root.IdBase} {ContainerRoot.IdCount}");
            Set("idmap", $"g 0 {spec.Root.IdBase} {ContainerRoot.IdCount}");
        }

        Set("init.cmd", "/sbin/init");
        Set("cgroup.dir.container", $"{spec.Cgroup}/{ContainerPaths.PayloadCgroup}");
        Set("cgroup.dir.monitor", $"{spec.Cgroup}/{ContainerPaths.MonitorCgroup}");
        Set("cgroup.dir.monitor.pivot", $"{spec.Cgroup}/{ContainerPaths.PivotCgroup}");
        Set("autodev", "1");
        Set("pty.max", "1024");
        Set("tty.max", "0");
        Set("console.logfile", paths.ConsoleLog);
        Set("console.size", ConsoleLogBytes.ToString(CultureInfo.InvariantCulture));
        Set("console.rotate", "1");
        Set("log.file", paths.LxcLog);
        Set("log.level", "WARN");
        Set("seccomp.profile", paths.Seccomp);
        LxcSecurity.Write(spec, host, Set);
        Set("mount.entry", "mqueue dev/mqueue mqueue rw,relatime,create=dir,optional 0 0");
        foreach (var device in Nodes)
        {
            Set("mount.entry", $"/dev/{device} dev/{device} none bind,create=file,optional 0 0");
        }

        if (spec.GuestApiDirectory is { } guestApi)
        {
            // The directory, not the socket: the next daemon makes a socket of its own.
            Set("mount.entry", $"{guestApi.Replace(" ", "\\040", StringComparison.Ordinal)} dev/incus none bind,ro,create=dir,optional 0 0");
        }

        foreach (var file in host.LxcfsFiles)
        {
            Set("mount.entry", $"{host.LxcfsMount}/{file} {file} none bind,optional 0 0");
        }

        Set("mount.fstab", paths.Mounts);

        foreach (var (name, value) in InitEnvironment(spec))
        {
            Set("environment", $"{name}={value}");
        }

        WriteNics(spec, Set);
        LxcExtras.Write(spec, paths, text, Set);
        return text.ToString();
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, string> InitEnvironment(RunSpec spec) =>
        spec.Environment.ContainsKey("PATH") ? spec.Environment : spec.Environment.Add("PATH", DefaultPath);

    private static void WriteNics(RunSpec spec, Action<string, string> set)
    {
        if (spec.Nics.IsEmpty)
        {
            set("net.0.type", "empty");
        }

        for (var i = 0; i < spec.Nics.Length; i++)
        {
            WriteNic(spec.Nics[i], (key, value) => set($"net.{i}.{key}", value));
        }
    }

    private static void WriteNic(NicSpec nic, Action<string, string> set)
    {
        set("type", nic.Type switch { NicType.Physical => "phys", NicType.MacVlan => "macvlan", _ => "veth" });
        set("flags", "up");
        if (nic.Bridge.Length + nic.Parent.Length > 0)
        {
            set("link", nic.Bridge + nic.Parent);
        }

        set("name", nic.GuestName);
        if (nic.Mac.Length > 0)
        {
            set("hwaddr", nic.Mac);
        }

        if (nic.Type == NicType.MacVlan)
        {
            set("macvlan.mode", nic.Mode.ToString().ToLowerInvariant());
        }

        if (nic.Type is NicType.Bridged or NicType.P2p)
        {
            set("veth.pair", nic.HostName);
        }

        foreach (var route in nic.Routes)
        {
            set(route.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? "veth.ipv4.route" : "veth.ipv6.route", route.ToString());
        }

        if (nic.Mtu is { } mtu)
        {
            set("mtu", mtu.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A line break in a value would be a further line of configuration.</summary>
    private static string Checked(string key, string value) =>
        value.AsSpan().ContainsAny("\n\r\0")
            ? throw BerthException.BadRequest($"A line break is not possible in {key} of a container")
            : value;
}
