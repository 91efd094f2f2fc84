using System.Globalization;

namespace Berth.EndToEnd.Configuration;

/// <summary>Configuration keys do what they say, seen from inside and from the kernel.</summary>
public sealed class KeyTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    [Fact]
    public async Task Kernel_limits_sysctls_raw_lines_credentials_and_denied_calls_reach_the_container()
    {
        await LaunchAsync(
            "c1",
            "-c", "limits.kernel.nofile=3000:4000", "-c", "linux.sysctl.net.ipv4.ip_forward=1", "-c", "systemd.credential.key=secret",
            "-c", "raw.lxc=lxc.mount.entry = tmpfs mnt tmpfs size=1m 0 0", "-c", "limits.memory.oom_priority=200",
            "-c", "security.syscalls.deny=chroot errno 13", "-c", "limits.cpu.priority=5");
        Assert.Matches(@"Max open files\s+3000\s+4000", await File.ReadAllTextAsync($"/proc/{await Server.PidAsync("c1")}/limits", Cancellation));
        Assert.Equal("1", await ExecAsync("c1", "cat", "/proc/sys/net/ipv4/ip_forward"));
        Assert.Equal("secret", await ExecAsync("c1", "cat", "/dev/.incus-systemd-credentials/key"));
        Assert.Equal("200", await ExecAsync("c1", "cat", "/proc/1/oom_score_adj"));
        Assert.Equal(0, (await TryExecAsync("c1", "grep", "-q", " /mnt tmpfs ", "/proc/mounts")).ExitCode);
        Assert.NotEqual(0, (await TryExecAsync("c1", "chroot", "/", "true")).ExitCode);
    }

    [Fact]
    public async Task A_privileged_containers_root_is_root_without_the_hosts_disks()
    {
        await LaunchAsync("c1", "-c", "security.privileged=true");
        Assert.Equal("0 0 4294967295", string.Join(' ', (await ExecAsync("c1", "cat", "/proc/self/uid_map")).Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.NotEqual(0, (await TryExecAsync("c1", "sh", "-c", "mknod /tmp/d b 254 0 && head -c 1 /tmp/d")).ExitCode);
        await ExecAsync("c1", "sh", "-c", "echo mine > /root/file");
        (await Server.TryBerthAsync("config", "set", "c1", "security.privileged=false")).Failed("berth copy");
        await Server.BerthAsync("stop", "--force", "c1");
        await Server.BerthAsync("copy", "c1", "c2", "-c", "security.privileged=false");
        await Server.BerthAsync("start", "c2");
        Assert.Equal("mine", await ExecAsync("c2", "cat", "/root/file"));
        Assert.Equal("0 0", await ExecAsync("c2", "stat", "-c", "%u %g", "/root/file"));
    }

    [Fact]
    public async Task Cloud_init_gets_its_seed_and_a_new_id_when_it_must()
    {
        await LaunchAsync("c1", "-c", "cloud-init.user-data=#cloud-config\npackages: []\n");
        Assert.Equal("#cloud-config", await ExecAsync("c1", "head", "-n", "1", "/var/lib/cloud/seed/nocloud-net/user-data"));
        var id = await IdAsync("c1");
        Assert.Contains(id, (await Server.BerthAsync("exec", "c1", "--", "cat", "/var/lib/cloud/seed/nocloud-net/meta-data")).Text, StringComparison.Ordinal);
        await Server.BerthAsync("config", "set", "c1", "user.other=1");
        Assert.Equal(id, await IdAsync("c1"));
        await Server.BerthAsync("config", "set", "c1", "cloud-init.vendor-data=#cloud-config\npackages: []\n");
        Assert.NotEqual(id, id = await IdAsync("c1"));
        await Server.BerthAsync("stop", "--force", "c1");
        await Server.BerthAsync("rename", "c1", "c2");
        Assert.NotEqual(id, await IdAsync("c2"));
    }

    [Fact]
    public async Task What_ends_unasked_starts_again_and_what_is_protected_stays()
    {
        await LaunchAsync("c1", "-c", "boot.autorestart=true", "-c", "security.protection.delete=true");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        var pid = await Server.PidAsync("c1");
        await Host.RunAsync("kill", "-KILL", pid.ToString(CultureInfo.InvariantCulture));
        await events.LifecycleAsync("c1", Cancellation, "instance-stopped");
        await events.LifecycleAsync("c1", Cancellation, "instance-started");
        Assert.NotEqual(pid, await Server.PidAsync("c1"));
        await Server.BerthAsync("stop", "--force", "c1");
        Assert.Equal("Stopped", await Server.StatusAsync("c1"));
        (await Server.TryBerthAsync("delete", "c1")).Failed("protected from being deleted");
        await Server.BerthAsync("config", "set", "c1", "security.protection.start=true", "security.protection.delete=false");
        (await Server.TryBerthAsync("start", "c1")).Failed("protected from being started");
    }

    [Fact]
    public async Task An_init_that_the_kernel_kills_for_its_memory_is_told_so_where_the_kernel_counts()
    {
        await LaunchAsync("c1", "-c", "limits.memory=48MiB", "-c", "limits.memory.swap=false");
        await ExecAsync("c1", "sh", "-c", "mkfifo /go; printf '#!/bin/sh\\nread x < /go; x=0123456789abcdef; while :; do x=$x$x; done\\n' > /sbin/eater; chmod 755 /sbin/eater");
        await Server.BerthAsync("stop", "--force", "c1");
        await Server.BerthAsync("config", "set", "c1", "raw.lxc=lxc.init.cmd = /sbin/eater");
        await Server.BerthAsync("start", "c1");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);

        // The command may die with the container.
        await TryExecAsync("c1", "sh", "-c", "echo > /go");
        var stopped = await events.FindAsync("c1", Cancellation, "instance-stopped");

        // v1 counts in the group of the killed process, which is gone by then: nothing is said rather than guessed.
        var counted = !Host.CgroupMounts.Any(m => m.EndsWith("/memory", StringComparison.Ordinal));
        Assert.Equal(counted ? "out of memory" : null, stopped.TryGetProperty("context", out var context) ? context.GetProperty("reason").GetString() : null);
    }

    private async Task<string> IdAsync(string name) =>
        (await Server.Api.GetAsync($"/1.0/instances/{name}", Cancellation)).GetProperty("config").GetProperty("volatile.cloud-init.instance-id").GetString()!;
}
