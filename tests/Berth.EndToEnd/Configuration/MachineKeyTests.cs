namespace Berth.EndToEnd.Configuration;

/// <summary>Keys of virtual machines, seen from inside.</summary>
[Collection(nameof(DebianHost))]
public sealed class MachineKeyTests(DebianHost host) : ServerTests(host)
{
    /// <summary>perl is in every Debian; curl is not.</summary>
    private const string AskGuestApi =
        """use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new("/dev/incus/sock") or die "no socket"; print $s "$ARGV[0] HTTP/1.0\r\nHost: x\r\n\r\n"; print while <$s>;""";

    /// <summary>One machine for all: under emulation a boot takes a while.</summary>
    [Fact]
    public async Task The_seed_the_tables_and_the_guest_api_reach_a_machine()
    {
        await Server.BerthAsync(
            "launch", DebianImage.Alias, "vm1", "--vm", "-c", "limits.memory=512MiB", "-c", "limits.cpu=sockets=1,cores=1,threads=2",
            "-c", "cloud-init.user-data=#cloud-config\npackages: []\n", "-c", "smbios11.role=web", "-c", "systemd.credential.key=secret",
            "-c", "user.role=web", "-c", "security.iommu=true", "-c", "raw.qemu=-device virtio-scsi-pci,id=mine,addr=0xd");
        await AgentAsync("vm1");
        await ExecAsync("vm1", "sh", "-c", "mount -o ro /dev/vdb /mnt");
        Assert.Equal("#cloud-config", await ExecAsync("vm1", "head", "-n", "1", "/mnt/user-data"));
        Assert.Contains("local-hostname: vm1", (await Server.BerthAsync("exec", "vm1", "--", "cat", "/mnt/meta-data")).Text, StringComparison.Ordinal);
        var table = await ExecAsync("vm1", "sh", "-c", "tr -c '[:print:]' ' ' < /sys/firmware/dmi/entries/11-0/raw");
        Assert.Contains("role=web", table, StringComparison.Ordinal);
        Assert.Contains("io.systemd.credential.binary:key=c2VjcmV0", table, StringComparison.Ordinal);
        Assert.Equal("2", await ExecAsync("vm1", "nproc"));

        var answer = (await Server.BerthAsync("exec", "vm1", "--", "perl", "-e", AskGuestApi, "GET /1.0/config/user.role")).Text;
        Assert.Contains("200 OK", answer, StringComparison.Ordinal);
        Assert.EndsWith("web", answer.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("virtual-machine", (await Server.BerthAsync("exec", "vm1", "--", "perl", "-e", AskGuestApi, "GET /1.0")).Text, StringComparison.Ordinal);
        (await Server.TryBerthAsync("config", "set", "vm1", "security.iommu=false")).Failed("cannot be updated when VM is running");
    }

    /// <summary>A disk with nothing but a boot sector that says so on the serial port: only a BIOS starts it.</summary>
    [Fact]
    public async Task A_machine_with_csm_boots_through_a_bios()
    {
        byte[] sector =
        [
            .. Convert.FromHexString("31C08ED8BE157CAC84C07406BAF803EEEBF5F4EBFD"), .. "booted by BIOS\r\n\0"u8,
        ];
        var disk = new byte[1 << 20];
        sector.CopyTo(disk, 0);
        (disk[510], disk[511]) = (0x55, 0xaa);
        var files = Directory.CreateDirectory(Path.Combine(Server.Place.Root, "bios")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(files, "rootfs.img"), disk, Cancellation);
        await File.WriteAllTextAsync(Path.Combine(files, "metadata.yaml"), "architecture: x86_64\ncreation_date: 1700000000\n", Cancellation);
        await Host.RunAsync("tar", "-C", files, "-cf", Path.Combine(files, "metadata.tar"), "metadata.yaml");
        await Server.BerthAsync("image", "import", Path.Combine(files, "metadata.tar"), Path.Combine(files, "rootfs.img"), "--alias", "bios");
        (await Server.TryBerthAsync("launch", "bios", "vm1", "--vm", "-c", "security.csm=true")).Failed("security.secureboot=false");
        await Server.BerthAsync("config", "set", "vm1", "security.secureboot=false");
        await Server.BerthAsync("start", "vm1");
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!(await Server.BerthAsync("console", "vm1", "--show-log")).Text.Contains("booted by BIOS", StringComparison.Ordinal))
        {
            Assert.True(DateTime.UtcNow < deadline, "the machine says nothing");
        }

        await Server.BerthAsync("delete", "--force", "vm1");
        await Server.BerthAsync("image", "delete", "bios");
    }
}
