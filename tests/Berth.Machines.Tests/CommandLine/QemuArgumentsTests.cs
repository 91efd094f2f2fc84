using Berth.Core.Devices;
using Berth.Machines.CommandLine;
using Berth.Machines.Firmware;

namespace Berth.Machines.Tests.CommandLine;

public sealed class QemuArgumentsTests
{
    private static readonly MachineLaunch s_machine = new()
    {
        Name = "vm1",
        Uuid = new Guid("6f1d7c3e-0b57-4f53-9d6f-1a2b3c4d5e6f"),
        Kvm = false,
        Cpus = 2,
        Memory = 1L << 30,
        Disk = new MachineDisk("/pool/vm1/root.qcow2", "qcow2"),
        Direct = new DirectBoot("/image/kernel", "/image/initrd", "root=/dev/vda console=ttyS0"),
        Nics = [new MachineNic(new("eth0", "eth0", "tap0", "02:00:00:00:00:01", "br0") { Mtu = 9000 }, 6)],
        QmpFd = 3,
        ConsoleFd = 4,
        AgentFd = 5,
        ConsoleLog = "/log/console.log",
    };

    private static readonly MachineDrive s_cd = new(
        new(new("cd", "raw") { OpenAsync = _ => throw new NotSupportedException(), ReadOnly = true, CdRom = true }, FdSet: 1, IsBlockDevice: false, Direct: true), Fd: 9, BootIndex: 1);

    [Fact]
    public void Direct_boot_under_TCG() => Assert.Equal(
        """
        -name guest=vm1,debug-threads=on
        -uuid 6f1d7c3e-0b57-4f53-9d6f-1a2b3c4d5e6f
        -nodefaults
        -no-user-config
        -display none
        -S
        -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
        -machine q35,usb=off,vmport=off,smm=off,hpet=off,dump-guest-core=off,memory-backend=ram
        -accel tcg,thread=multi,tb-size=256
        -cpu max
        -smp cpus=2,sockets=1,cores=2,threads=1
        -m size=1024M
        -object memory-backend-ram,id=ram,size=1024M
        -rtc base=utc,driftfix=slew
        -chardev socket,id=qmp,fd=3,server=on,wait=off
        -mon chardev=qmp,mode=control
        -chardev socket,id=console,fd=4,server=on,wait=off,logfile=/log/console.log,logappend=on
        -serial chardev:console
        -device virtio-serial-pci,id=serial0,max_ports=4,addr=0x3
        -chardev socket,id=agent,fd=5,server=on,wait=off
        -device virtserialport,bus=serial0.0,nr=1,id=agent-port,chardev=agent,name=org.berth.agent.0
        -object rng-random,id=rng0,filename=/dev/urandom
        -device virtio-rng-pci,rng=rng0,addr=0x4
        -device virtio-balloon-pci,id=balloon0,free-page-reporting=on,deflate-on-oom=on,addr=0x5
        -device pcie-root-port,id=disk-port0,chassis=1,multifunction=on,addr=0x10.0
        -device pcie-root-port,id=disk-port1,chassis=2,multifunction=on,addr=0x10.1
        -device pcie-root-port,id=disk-port2,chassis=3,multifunction=on,addr=0x10.2
        -device pcie-root-port,id=disk-port3,chassis=4,multifunction=on,addr=0x10.3
        -device pcie-root-port,id=nic-port0,chassis=5,multifunction=on,addr=0x10.4
        -device pcie-root-port,id=nic-port1,chassis=6,multifunction=on,addr=0x10.5
        -device pcie-root-port,id=nic-port2,chassis=7,multifunction=on,addr=0x10.6
        -device pcie-root-port,id=nic-port3,chassis=8,multifunction=on,addr=0x10.7
        -device pcie-root-port,id=nic-port4,chassis=9,multifunction=on,addr=0x11.0
        -device pcie-root-port,id=nic-port5,chassis=10,multifunction=on,addr=0x11.1
        -device pcie-root-port,id=nic-port6,chassis=11,multifunction=on,addr=0x11.2
        -device pcie-root-port,id=nic-port7,chassis=12,multifunction=on,addr=0x11.3
        -kernel /image/kernel
        -initrd /image/initrd
        -append root=/dev/vda console=ttyS0
        -blockdev driver=qcow2,node-name=root,discard=unmap,detect-zeroes=unmap,file.driver=file,file.aio=threads,file.discard=unmap,file.filename=/pool/vm1/root.qcow2
        -device virtio-blk-pci,id=disk-root,drive=root,serial=root,bootindex=1,addr=0x2
        -device virtio-scsi-pci,id=scsi0,addr=0x6
        -netdev tap,id=net.eth0,fd=6
        -device {"driver":"virtio-net-pci","id":"nic.eth0","bus":"nic-port0","netdev":"net.eth0","mac":"02:00:00:00:00:01","romfile":"","host_mtu":9000}
        """,
        Lines(QemuArguments.Build(s_machine)));

    [Fact]
    public void Firmware_and_a_CD_under_KVM()
    {
        var lines = Lines(QemuArguments.Build(s_machine with
        {
            Kvm = true,
            Direct = null,
            Uefi = new FirmwareFiles("/fw/code.fd", "/state/nvram.fd"),
            Drives = [s_cd],
            RootBootIndex = 2,
            Nics = [],
        })).Split('\n');
        Assert.Contains("-accel kvm", lines);
        Assert.Contains("-cpu host", lines);
        Assert.Contains(lines, line => line.EndsWith("memory-backend=ram,pflash0=code,pflash1=variables", StringComparison.Ordinal));
        Assert.Contains("-blockdev driver=raw,node-name=code,read-only=on,file.driver=file,file.filename=/fw/code.fd", lines);
        Assert.Contains("-add-fd fd=9,set=1,opaque=node.cd", lines);
        Assert.Contains(
            "-blockdev {\"driver\":\"raw\",\"node-name\":\"node.cd\",\"read-only\":true,\"discard\":\"unmap\",\"cache\":{\"direct\":true,\"no-flush\":false},"
                + "\"file\":{\"driver\":\"file\",\"filename\":\"/dev/fdset/1\",\"aio\":\"threads\",\"discard\":\"unmap\",\"cache\":{\"direct\":true,\"no-flush\":false}}}",
            lines);
        Assert.Contains(
            "-device {\"driver\":\"scsi-cd\",\"id\":\"disk.cd\",\"bus\":\"scsi0.0\",\"drive\":\"node.cd\",\"serial\":\"incus_cd\",\"device_id\":\"incus_cd\",\"bootindex\":1}",
            lines);
        Assert.Contains("-device virtio-blk-pci,id=disk-root,drive=root,serial=root,bootindex=2,addr=0x2", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("-kernel", StringComparison.Ordinal));
    }

    [Fact]
    public void A_comma_in_a_path_starts_no_option()
    {
        var lines = Lines(QemuArguments.Build(s_machine with { Disk = new MachineDisk("/p/a,readonly=on", "raw") }));
        Assert.Contains("file.filename=/p/a,,readonly=on", lines, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_disks_is_named_to_its_end()
    {
        var disk = new MachineDisk("/top", "qcow2", new MachineDisk("/middle", "qcow2", new MachineDisk("/base", "raw")));
        Assert.Contains(
            """
            -blockdev driver=raw,node-name=layer2,read-only=on,file.driver=file,file.filename=/base
            -blockdev driver=qcow2,node-name=layer1,read-only=on,file.driver=file,file.filename=/middle,backing=layer2
            -blockdev driver=qcow2,node-name=root,discard=unmap,detect-zeroes=unmap,file.driver=file,file.aio=threads,file.discard=unmap,file.filename=/top,backing=layer1

            """,
            Lines(QemuArguments.Build(s_machine with { Disk = disk })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_device_has_a_slot_of_its_own()
    {
        var nics = Enumerable.Range(0, 8).Select(i => new MachineNic(new($"eth{i}", "", $"tap{i}", $"02:00:00:00:00:0{i}", "br0"), 6 + i));
        var slots = QemuArguments.Build(s_machine with { Nics = [.. nics], Drives = [s_cd] })
            .SelectMany(argument => argument.Split(',')).Where(part => part.StartsWith("addr=", StringComparison.Ordinal)).ToList();
        Assert.Equal(slots.Count, slots.Distinct().Count());
    }

    [Fact]
    public void Firmware_tries_disks_by_priority_then_the_root_then_by_name()
    {
        DrivePart Drive(string name, int priority) => new(name, "raw") { OpenAsync = _ => throw new NotSupportedException(), BootPriority = priority };
        var order = BootOrder.Of([Drive("b", 0), Drive("a", 0), Drive("z", 7), Drive("c", 1), new RootPart("root", "/pool", IoLimits.None, 1)]);
        Assert.Equal(["z", "root", "c", "a", "b"], order.OrderBy(o => o.Value).Select(o => o.Key));
        Assert.Equal(1, order["z"]);
    }

    [Fact]
    public void Long_names_of_devices_give_short_ones_that_differ()
    {
        var (one, other) = (new string('x', 63) + "1", new string('x', 63) + "2");
        Assert.True(DeviceIds.Node(one).Length <= 31);
        Assert.NotEqual(DeviceIds.Node(one), DeviceIds.Node(other));
        Assert.Equal("disk.data", DeviceIds.Drive("data"));
    }

    private static string Lines(List<string> arguments) =>
        string.Join(' ', arguments).Replace(" -", "\n-", StringComparison.Ordinal);
}
