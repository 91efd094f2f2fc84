namespace Berth.EndToEnd.Machines;

/// <summary>
/// Berth itself in a Debian 13 machine: systemd starts it, AppArmor is on, and there is cgroup v2 alone, which the hosts that
/// these tests run on need not have.
/// </summary>
[Collection(nameof(DebianHost))]
public sealed class OtherHostTests(DebianHost host) : ServerTests(host)
{
    private const string Machine = "host13";

    /// <summary>Run in the machine; every line that it prints is compared.</summary>
    private const string Script =
        """
        set -e
        exec 2>&1
        groupadd --system berth
        ln -s /usr/local/lib/berth/berth /usr/local/bin/berth
        systemctl daemon-reload
        systemctl start berth
        stat -fc %T /sys/fs/cgroup
        cat /sys/module/apparmor/parameters/enabled
        stat -c '%U:%G %a' /run/berth/berth.socket
        {
            berth storage create default auto
            berth network create berthbr0
            berth profile device add default root disk path=/ pool=default
            berth profile device add default eth0 nic network=berthbr0 name=eth0
            berth image import /root/image/*.tar.* /root/image/*.root.* --alias debian/12
            berth launch debian/12 web1 -c limits.memory=256MiB -c limits.processes=200
        } >/dev/null
        for i in $(seq 60); do
            state=$(berth exec web1 -- systemctl is-system-running --wait 2>/dev/null || true)
            case $state in running | degraded) break ;; *) sleep 1 ;; esac
        done
        echo "$state"
        berth exec web1 -- cat /proc/self/cgroup
        grep -o enforce /proc/$(berth info web1 | sed -n 's/^PID: //p')/attr/current
        cat /sys/fs/cgroup/berth/web1/memory.max /sys/fs/cgroup/berth/web1/pids.max
        berth exec web1 -- sed -n 's/^MemTotal: *//p' /proc/meminfo
        berth config set web1 limits.cpu=0-0
        cat /sys/fs/cgroup/berth/web1/cpuset.cpus
        berth config unset web1 limits.cpu
        cat /sys/fs/cgroup/berth/web1/cpuset.cpus
        berth pause web1
        cat /sys/fs/cgroup/berth/web1/payload/cgroup.freeze
        berth resume web1
        systemctl restart berth
        berth exec web1 -- echo still here
        berth restart --force web1
        berth stop --force web1
        berth delete web1
        find /sys/fs/cgroup -name 'web1*'
        grep web1 /proc/mounts /sys/kernel/security/apparmor/profiles || true
        """;

    private const string Expected =
        """
        cgroup2fs
        Y
        root:berth 660
        running
        0::/.berth
        enforce
        268435456
        200
        262144 kB
        0
        0-1
        1
        still here

        """;

    [Fact]
    public async Task Debian_13_with_cgroup_v2_and_AppArmor_runs_Debian_12()
    {
        await DebianImage.Trixie.ProvideAsync(Server);
        try
        {
            await RunInMachineAsync();
        }
        finally
        {
            await Server.TryBerthAsync("delete", "--force", Machine);
            await Server.BerthAsync("image", "delete", DebianImage.Trixie.Name);
        }
    }

    private async Task RunInMachineAsync()
    {
        await Server.BerthAsync("launch", DebianImage.Trixie.Name, Machine, "--vm", "-c", "limits.memory=3GiB", "-c", "limits.cpu=2");
        await AgentAsync(Machine);
        await PushAsync("/usr/local/lib/berth", Directory.GetFiles(Host.Binaries));
        await PushAsync("/etc/systemd/system", Path.Combine(Host.Binaries, "../../packaging/berth.service"));
        await PushAsync("/root/image", await DebianImage.Plain.KeptAsync());

        var script = Path.Combine(Server.Place.Root, "script");
        await File.WriteAllTextAsync(script, Script, Cancellation);
        await PushAsync("/root", script);
        File.Delete(script);
        var result = await Patiently("exec", Machine, "--", "bash", "/root/script").RunAsync(Cancellation);
        Assert.Equal(Expected, result.Text);
    }

    private async Task PushAsync(string directory, params string[] files)
    {
        foreach (var file in files)
        {
            (await Patiently("file", "push", "--create-dirs", file, $"{Machine}{directory}/{Path.GetFileName(file)}").RunAsync(Cancellation)).Succeeded();
        }
    }

    /// <summary>Under emulation things take a while.</summary>
    private Command Patiently(params string[] arguments) => Server.BerthCommand(arguments) with { Deadline = TimeSpan.FromMinutes(5) };
}
