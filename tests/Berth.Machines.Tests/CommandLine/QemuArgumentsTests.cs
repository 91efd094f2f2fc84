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
        Nics = [new MachineNic("02:00:00:00:00:01", 6, 9000)],
        QmpFd = 3,
        ConsoleFd = 4,
        AgentFd = 5,
        ConsoleLog = "/log/console.log",
    };

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
        -device virtserialport,bus=serial0.0,nr=1,chardev=agent,name=org.berth.agent.0
        -object rng-random,id=rng0,filename=/dev/urandom
        -device virtio-rng-pci,rng=rng0,addr=0x4
        -device virtio-balloon-pci,id=balloon0,free-page-reporting=on,deflate-on-oom=on,addr=0x5
        -kernel /image/kernel
        -initrd /image/initrd
        -append root=/dev/vda console=ttyS0
        -blockdev driver=qcow2,node-name=root,discard=unmap,detect-zeroes=unmap,file.driver=file,file.aio=threads,file.discard=unmap,file.filename=/pool/vm1/root.qcow2
        -device virtio-blk-pci,id=disk-root,drive=root,serial=root,bootindex=1,addr=0x2
        -netdev tap,id=net0,fd=6
        -device virtio-net-pci,netdev=net0,mac=02:00:00:00:00:01,host_mtu=9000,romfile=,addr=0x10
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
            CdRoms = ["/iso/install.iso"],
            Nics = [],
        })).Split('\n');
        Assert.Contains("-accel kvm", lines);
        Assert.Contains("-cpu host", lines);
        Assert.Contains(lines, line => line.EndsWith("memory-backend=ram,pflash0=code,pflash1=variables", StringComparison.Ordinal));
        Assert.Contains("-blockdev driver=raw,node-name=code,read-only=on,file.driver=file,file.filename=/fw/code.fd", lines);
        Assert.Contains("-device scsi-cd,bus=scsi0.0,lun=0,drive=cdrom0,bootindex=1", lines);
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
            "file.filename=/top,backing.driver=qcow2,backing.read-only=on,backing.file.driver=file,backing.file.filename=/middle,"
                + "backing.backing.driver=raw,backing.backing.read-only=on,backing.backing.file.driver=file,backing.backing.file.filename=/base\n",
            Lines(QemuArguments.Build(s_machine with { Disk = disk })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_device_has_a_slot_of_its_own()
    {
        var nics = Enumerable.Range(0, 8).Select(i => new MachineNic($"02:00:00:00:00:0{i}", 6 + i, null));
        var slots = QemuArguments.Build(s_machine with { Nics = [.. nics], CdRoms = ["/a.iso"] })
            .SelectMany(argument => argument.Split(',')).Where(part => part.StartsWith("addr=", StringComparison.Ordinal)).ToList();
        Assert.Equal(slots.Count, slots.Distinct().Count());
    }

    private static string Lines(List<string> arguments) =>
        string.Join(' ', arguments).Replace(" -", "\n-", StringComparison.Ordinal);
}
