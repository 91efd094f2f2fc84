namespace Berth.EndToEnd.Machines;

/// <summary>Disks, CD-ROMs and network cards of machines.</summary>
[Collection(nameof(DebianHost))]
public sealed class MachineDeviceTests(DebianHost host) : ServerTests(host)
{
    private string Iso => Path.Combine(Server.Place.Root, "boot.iso");

    private string Disk => Path.Combine(Server.Place.Root, "data.img");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(Iso);
        File.Delete(Disk);
    }

    /// <summary>As when a system is installed from its CD: the machine's own disk is empty.</summary>
    [Theory]
    [InlineData("bios", BootableIso.SaysBios)]
    [InlineData("uefi", BootableIso.SaysUefi)]
    public async Task An_empty_machine_boots_from_a_CD(string firmware, string says)
    {
        BootableIso.Write(Iso);
        // Nobody has signed this CD.
        await Server.BerthAsync(
            "create", "--empty", "--vm", "vm1", "-c", "limits.memory=128MiB", "-c", "berth.machine.firmware=" + firmware, "-c", "security.secureboot=false");
        await Server.BerthAsync("config", "device", "add", "vm1", "cd", "disk", "source=" + Iso, "boot.priority=10");
        await Server.BerthAsync("start", "vm1");
        var deadline = DateTime.UtcNow.AddSeconds(90);
        string log;
        do
        {
            log = (await Server.BerthAsync("console", "vm1", "--show-log")).Text;
        }
        while (!log.Contains(says, StringComparison.Ordinal) && DateTime.UtcNow < deadline);
        Assert.Contains(says, log, StringComparison.Ordinal);
    }

    /// <summary>One machine for the whole sequence: under emulation a boot takes a while.</summary>
    [Fact]
    public async Task Devices_come_and_go_while_it_runs()
    {
        await File.WriteAllBytesAsync(Disk, new byte[16 << 20], Cancellation);
        await Server.BerthAsync("launch", DebianImage.Alias, "vm1", "--vm", "-c", "limits.memory=512MiB");
        await AgentAsync("vm1");
        await Server.BerthAsync("config", "device", "add", "vm1", "data", "disk", "source=" + Disk, "limits.max=50MB");
        var name = "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_incus_data";
        await ExecAsync("vm1", "sh", "-c", $"udevadm settle; echo ahoy >{name}; sync {name}");
        await Server.BerthAsync("config", "device", "add", "vm1", "eth1", "nic", "network=" + Server.Place.Bridge);
        await Server.BerthAsync("config", "device", "add", "vm1", "link", "nic", "nictype=p2p", "ipv4.routes=10.231.9.2/32");
        Assert.Equal("enp5s0 enp6s0 enp7s0 lo", await ExecAsync("vm1", "sh", "-c", "udevadm settle; echo $(ls /sys/class/net)"));
        Assert.Contains(" dev tap", (await Host.RunAsync("ip", "-4", "route", "show", "10.231.9.2")).Text, StringComparison.Ordinal);
        (await Server.TryBerthAsync("config", "device", "add", "vm1", "phys", "nic", "nictype=physical", "parent=lo0")).Failed("vfio");
        (await Server.TryBerthAsync("config", "device", "add", "vm1", "web", "proxy", "listen=tcp:0.0.0.0:8099", "connect=tcp:0.0.0.0:80")).Failed("only NAT mode");
        (await Server.TryBerthAsync("config", "device", "add", "vm1", "web", "proxy", "listen=tcp:0.0.0.0:8099", "connect=tcp:0.0.0.0:80", "nat=true")).Failed("static address");
        (await Server.TryBerthAsync("config", "device", "add", "vm1", "again", "disk", "source=" + Disk)).Failed("again");
        (await Server.TryBerthAsync("config", "device", "add", "vm1", "folder", "disk", "source=/srv", "path=/mnt")).Failed("directory");

        // The next daemon finds by itself what this one has plugged in.
        await Server.CrashAndRestartAsync();
        await AgentAsync("vm1");
        await Server.BerthAsync("config", "device", "remove", "vm1", "data");
        await Server.BerthAsync("config", "device", "remove", "vm1", "eth1");
        await Server.BerthAsync("config", "device", "remove", "vm1", "link");
        Assert.Equal("enp5s0 lo", await ExecAsync("vm1", "sh", "-c", "echo $(ls /sys/class/net)"));
        Assert.NotEqual(0, (await TryExecAsync("vm1", "test", "-e", name)).ExitCode);
        Assert.StartsWith("ahoy\n", await File.ReadAllTextAsync(Disk, Cancellation), StringComparison.Ordinal);
    }
}
