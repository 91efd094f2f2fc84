using Berth.Core.Instances;

namespace Berth.Core.Tests.Instances;

public sealed class ConfigCatalogueTests
{
    [Theory]
    [InlineData("boot.autostart", "true")]
    [InlineData("user.anything", "x")]
    [InlineData("environment.PATH", "/bin")]
    [InlineData("limits.cpu", "2")]
    [InlineData("security.nesting", "false")]
    [InlineData("security.privileged", "true")]
    [InlineData("raw.lxc", "# mine\nlxc.mount.entry = tmpfs mnt tmpfs size=1m 0 0\n")]
    [InlineData("limits.kernel.nofile", "1000:unlimited")]
    [InlineData("linux.sysctl.net.ipv4.ip_forward", "1")]
    [InlineData("cloud-init.user-data", "#cloud-config\nruncmd: [ls]")]
    [InlineData("cloud-init.user-data", "#!/bin/sh\necho {")]
    [InlineData("systemd.credential-binary.x", "AAE=")]
    [InlineData("volatile.eth0.hwaddr", "10:66:6a:00:00:01")]
    [InlineData("boot.autostart", "last-state")]
    public void Known_keys_are_taken(string key, string value) => ConfigCatalogue.Validate(key, value, InstanceKind.Container);

    [Theory]
    [InlineData("limits.cpus", "2")]
    [InlineData("raw.lxc", "x")]
    [InlineData("raw.lxc", "lxc.idmap = u 0 0 1")]
    [InlineData("raw.lxc", "LXC.ROOTFS.path = /")]
    [InlineData("raw.lxc", "lxc.net.0.type = none")]
    [InlineData("raw.lxc", "lxc.include = /etc/passwd")]
    [InlineData("limits.kernel.nofile", "many")]
    [InlineData("limits.kernel.bogus", "1")]
    [InlineData("limits.cpu.priority", "11")]
    [InlineData("linux.sysctl.../x", "1")]
    [InlineData("linux.kernel_modules", "../evil")]
    [InlineData("cloud-init.user-data", "#cloud-config\na: [")]
    [InlineData("systemd.credential.a/b", "x")]
    [InlineData("systemd.credential-binary.x", "?")]
    [InlineData("environment.A", "two\nlines")]
    [InlineData("security.sev", "maybe")]
    [InlineData("security.syscalls.deny", "mount errno 1; rm -rf /")]
    [InlineData("volatile.nonsense", "x")]
    [InlineData("volatile..hwaddr", "x")]
    [InlineData("boot.autostart", "maybe")]
    [InlineData("environment.1X", "y")]
    [InlineData("environment.", "y")]
    [InlineData("security.secureboot", "true")]
    [InlineData("berth.machine.boot", "direct")]
    [InlineData("user.x", "a\0b")]
    public void What_is_unknown_wrong_or_for_the_other_kind_is_refused(string key, string value)
    {
        var e = Assert.Throws<BerthException>(() => ConfigCatalogue.Validate(key, value, InstanceKind.Container));
        Assert.Equal(ErrorKind.BadRequest, e.Kind);
        Assert.Contains(key, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slip_gets_a_suggestion() =>
        Assert.Contains(
            "limits.memory",
            Assert.Throws<BerthException>(() => ConfigCatalogue.Validate("limits.memroy", "1GiB", null)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_huge_value_is_refused() =>
        Assert.Throws<BerthException>(() => ConfigCatalogue.Validate("user.big", new string('x', (1 << 20) + 1), null));

    [Theory]
    [InlineData("security.sev", "true", InstanceKind.Machine)]
    [InlineData("security.syscalls.intercept.mount", "true", InstanceKind.Container)]
    [InlineData("raw.idmap", "both 1000 1000", InstanceKind.Container)]
    [InlineData("raw.qemu.conf", "[x]", InstanceKind.Machine)]
    [InlineData("nvidia.runtime", "true", InstanceKind.Container)]
    [InlineData("migration.stateful", "true", InstanceKind.Machine)]
    [InlineData("limits.memory.hotplug", "true", InstanceKind.Machine)]
    [InlineData("oci.uid", "1", InstanceKind.Container)]
    public void What_is_not_supported_is_refused_by_name(string key, string value, InstanceKind kind)
    {
        var e = Assert.Throws<BerthException>(() => ConfigCatalogue.Validate(key, value, kind));
        Assert.Equal(ErrorKind.Unsupported, e.Kind);
        Assert.Contains(key, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_asks_for_nothing_is_taken_even_where_the_key_is_not_supported() =>
        Assert.All(
            ConfigCatalogue.Groups.Values.SelectMany(g => g).Where(k => k.Refusal is not null),
            k => ConfigCatalogue.Validate(k.Name, k.Type == "bool" ? "false" : "", kind: null));

    [Fact]
    public void Every_key_says_what_it_does_and_is_found_by_its_name() => Assert.All(
        ConfigCatalogue.Groups.Values.SelectMany(g => g),
        k =>
        {
            Assert.NotEmpty(k.Description);
            Assert.Contains(k.Type, (string[])["bool", "integer", "string", "blob"]);
            var name = k.Name.Replace("<name>", "eth0", StringComparison.Ordinal).Replace("*", "X", StringComparison.Ordinal);
            Assert.Equal(k, ConfigCatalogue.Find(name));
        });

    [Theory]
    [InlineData("user.x", true)]
    [InlineData("limits.memory", true)]
    [InlineData("security.secureboot", true)]
    [InlineData("limits.processes", true)]
    [InlineData("raw.qemu", false)]
    [InlineData("security.iommu", false)]
    public void A_running_machine_takes_only_what_it_can(string key, bool taken) => Assert.Equal(taken, ConfigCatalogue.MachineTakesLive(key));
}
