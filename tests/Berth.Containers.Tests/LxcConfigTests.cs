using System.Collections.Immutable;
using System.Net;
using Berth.Containers.Devices;
using Berth.Containers.Lxc;
using Berth.Core;
using Berth.Core.Devices;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Core.Resources;
using Berth.Linux.Mounts;
using Berth.Linux.Netlink;
using CsCheck;

namespace Berth.Containers.Tests;

public sealed class LxcConfigTests
{
    private static readonly HostFeatures Plain = new(false, null, []);

    private static RunSpec Spec => new()
    {
        Id = new("default", "web1"),
        Uuid = Guid.Empty,
        RuntimeDirectory = "/run/berth/web1",
        StateDirectory = "/var/lib/berth/web1",
        LogDirectory = "/var/log/berth/web1",
        Cgroup = "berth/web1",
        Limits = Limits.None,
        Config = ImmutableSortedDictionary<string, string>.Empty,
        Root = new(1_000_000, _ => throw new InvalidOperationException()),
    };

    [Fact]
    public void APlainContainer() => Assert.Equal(
        """
        lxc.uts.name = web1
        lxc.rootfs.path = dir:/run/berth/web1/rootfs
        lxc.idmap = u 0 1000000 65536
        lxc.idmap = g 0 1000000 65536
        lxc.init.cmd = /sbin/init
        lxc.cgroup.dir.container = berth/web1/payload
        lxc.cgroup.dir.monitor = berth/web1/monitor
        lxc.cgroup.dir.monitor.pivot = berth/web1/pivot
        lxc.autodev = 1
        lxc.pty.max = 1024
        lxc.tty.max = 0
        lxc.console.logfile = /var/log/berth/web1/console.log
        lxc.console.size = 524288
        lxc.console.rotate = 1
        lxc.log.file = /var/log/berth/web1/lxc.log
        lxc.log.level = WARN
        lxc.seccomp.profile = /run/berth/web1/seccomp
        lxc.mount.auto = proc:rw sys:mixed cgroup:rw:force
        lxc.cap.drop = mac_admin mac_override sys_time sys_module sys_rawio
        lxc.mount.entry = mqueue dev/mqueue mqueue rw,relatime,create=dir,optional 0 0
        lxc.mount.entry = /dev/fuse dev/fuse none bind,create=file,optional 0 0
        lxc.mount.entry = /dev/net/tun dev/net/tun none bind,create=file,optional 0 0
        lxc.mount.fstab = /run/berth/web1/fstab
        lxc.environment = PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        lxc.net.0.type = empty

        """,
        Write(Spec, Plain));

    [Fact]
    public void WhatTheHostAndTheConfigurationAdd()
    {
        var spec = Spec with
        {
            Config = Spec.Config.Add("security.nesting", "true"),
            Environment = Spec.Environment.Add("A", "b c").Add("PATH", "/bin"),
            Nics =
            [
                new("eth0", "eth0", "veth01", "02:00:00:00:00:01", "br0") { Mtu = 1400 },
                new("lan", "eth1", "veth02", "02:00:00:00:00:02", "br1"),
            ],
        };
        var lines = Write(spec, new(true, "/var/lib/lxcfs", ["proc/meminfo"])).Split('\n');
        string[] expected =
        [
            "lxc.mount.auto = proc:rw sys:rw cgroup:rw:force",
            "lxc.mount.entry = proc dev/.lxc/proc proc create=dir,optional 0 0",
            "lxc.apparmor.profile = generated",
            "lxc.apparmor.allow_nesting = 1",
            "lxc.mount.entry = /var/lib/lxcfs/proc/meminfo proc/meminfo none bind,optional 0 0",
            "lxc.environment = A=b c",
            "lxc.environment = PATH=/bin",
            "lxc.net.0.link = br0",
            "lxc.net.0.mtu = 1400",
            "lxc.net.0.veth.pair = veth01",
            "lxc.net.1.name = eth1",
            "lxc.net.1.hwaddr = 02:00:00:00:00:02",
        ];
        Assert.All(expected, line => Assert.Contains(line, lines));
        Assert.DoesNotContain("lxc.net.1.mtu", string.Join('\n', lines), StringComparison.Ordinal);
    }

    [Fact]
    public void APrivilegedContainerHasNoIdsOfItsOwnAndFewDevices()
    {
        var lines = Write(Spec with { Root = new(0, _ => throw new InvalidOperationException()) }, new(true, null, [])).Split('\n');
        Assert.DoesNotContain(lines, l => l.StartsWith("lxc.idmap", StringComparison.Ordinal));
        Assert.Contains("lxc.mount.auto = proc:mixed sys:mixed cgroup:rw:force", lines);
        Assert.Contains("lxc.cgroup2.devices.deny = a", lines);
        Assert.Contains("lxc.cgroup2.devices.allow = c 1:3 rwm", lines);
        Assert.DoesNotContain("lxc.apparmor.allow_nesting = 1", lines);
    }

    [Fact]
    public void WhatTheConfigurationAsksForAndRawLinesLast()
    {
        var lines = Write(
            Spec with
            {
                GuestApiDirectory = "/run/berth/guest api",
                Limits = Limits.None with { OomPriority = -5 },
                Config = Spec.Config.Add("limits.kernel.nofile", "1:2").Add("linux.sysctl.net/ipv4/ip_forward", "1")
                    .Add("systemd.credential.a", "b").Add("raw.lxc", "lxc.prlimit.core = 0\n"),
            },
            Plain).Split('\n');
        string[] expected =
        [
            "lxc.mount.entry = /run/berth/guest\\040api dev/incus none bind,ro,create=dir,optional 0 0",
            "lxc.prlimit.nofile = 1:2",
            "lxc.sysctl.net.ipv4.ip_forward = 1",
            "lxc.proc.oom_score_adj = -5",
            "lxc.environment = CREDENTIALS_DIRECTORY=/dev/.incus-systemd-credentials",
        ];
        Assert.All(expected, line => Assert.Contains(line, lines));
        Assert.Equal("lxc.prlimit.core = 0", lines[^2]);
    }

    [Fact]
    public void SystemCallsAreDeniedAllowedOrWhollyTheUsersOwn()
    {
        static string Policy(string key, string value) => SeccompPolicy.Write(new Dictionary<string, string> { [key] = value });
        Assert.StartsWith("2\ndenylist\nreject_force_umount\n[all]\nkexec_load errno 1\n", Policy("user.x", ""), StringComparison.Ordinal);
        Assert.Equal("2\ndenylist\n", Policy("security.syscalls.deny_default", "false"));
        Assert.EndsWith("[all]\nmkdirat errno 13\n", Policy("security.syscalls.deny", "mkdirat errno 13"), StringComparison.Ordinal);
        Assert.Equal("2\nallowlist\n[all]\nread\nwrite\n", Policy("security.syscalls.allow", "read\nwrite"));
        Assert.Equal("1\n1\n", Policy("raw.seccomp", "1\n1"));
    }

    /// <summary>On Debian 13 with a plain profile, logind, networkd and resolved of Debian 12 failed to start (226/NAMESPACE).</summary>
    [Fact]
    public void AppArmorLetsSystemdMountWhereNestingIsOff() =>
        Assert.Contains("lxc.apparmor.allow_nesting = 1", Write(Spec, new(true, null, [])).Split('\n'));

    [Fact]
    public void NoValueBecomesALineOfItsOwn() => Gen.String[Gen.Char["ab=#\n\r\0 \"'"], 0, 12].Sample(value =>
    {
        var spec = Spec with { Environment = Spec.Environment.Add("A", value) };
        if (value.AsSpan().ContainsAny("\n\r\0"))
        {
            Assert.Throws<BerthException>(() => Write(spec, Plain));
            return;
        }

        var lines = Write(spec, Plain).Split('\n');
        Assert.Equal(Write(Spec, Plain).Split('\n').Length + 1, lines.Length);
        Assert.All(lines[..^1], l => Assert.StartsWith("lxc.", l, StringComparison.Ordinal));
    });

    [Fact]
    public void Mounts_of_devices_are_entries_in_which_nothing_ends_a_field()
    {
        var part = new MountPart("data", "/mnt/a b#\\c") { OpenAsync = _ => throw new NotSupportedException(), Propagation = MountPropagation.Slave };
        Assert.Equal("/run/x\\040y/data mnt/a\\040b\\043\\134c none rbind,create=dir,optional,rslave 0 0", new StagedMount("/run/x y/data", part, IsDirectory: true).Entry);
        Assert.Equal(
            "/run/n dev/n none rbind,create=file,optional 0 0",
            new StagedMount("/run/n", part with { Target = "/dev/n", Propagation = MountPropagation.Private }, IsDirectory: false).Entry);
    }

    [Fact]
    public void Network_cards_are_read_back_as_they_were_written()
    {
        var text = Write(
            Spec with
            {
                Nics =
                [
                    new("a", "eth0", "veth1", "10:66:6a:00:00:01", "br0"),
                    new("b", "lan", "", "10:66:6a:00:00:02", "") { Type = NicType.MacVlan, Parent = "eth9", Mode = MacVlanMode.Vepa },
                    new("c", "wan", "eth8", "", "") { Type = NicType.Physical, Parent = "eth8" },
                    new("d", "p2p0", "veth2", "10:66:6a:00:00:03", "") { Type = NicType.P2p, Routes = [IPNetwork.Parse("10.1.0.0/24"), IPNetwork.Parse("fd00::/64")] },
                ],
            },
            Plain);
        Assert.Contains("lxc.net.1.macvlan.mode = vepa\n", text, StringComparison.Ordinal);
        Assert.Contains("lxc.net.3.veth.ipv4.route = 10.1.0.0/24\nlxc.net.3.veth.ipv6.route = fd00::/64\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("lxc.net.2.hwaddr", text, StringComparison.Ordinal);
        Assert.DoesNotContain("lxc.net.3.link", text, StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        Assert.Equal(
            [new("veth", "eth0", "br0", "veth1"), new("macvlan", "lan", "eth9", ""), new("phys", "wan", "eth8", ""), new("veth", "p2p0", "", "veth2")],
            LxcNics.Read(file));
        File.Delete(file);
    }

    private static string Write(RunSpec spec, HostFeatures host) => LxcConfig.Write(spec, ContainerPaths.Of(spec), host);
}
