using System.Globalization;
using Berth.Guest;

namespace Berth.Machines.CommandLine;

/// <summary>
/// Builds QEMU's arguments. Pure: the same machine gives the same list. PCI addresses are fixed, because the guest names its
/// network cards after them.
/// </summary>
internal static class QemuArguments
{
    /// <summary>The disk that the machine boots from, as the guest sees it.</summary>
    public const string RootDiskId = "disk-root";

    /// <summary>The agent's port, as QEMU's events name it.</summary>
    public const string AgentPortId = "agent-port";

    /// <summary>Where disks and CD-ROMs come and go without taking a PCIe port.</summary>
    public const string ScsiBus = "scsi0.0";

    /// <summary>Megabytes of translated code that TCG keeps; by default it would take an eighth of the host.</summary>
    private const int TranslationBuffer = 256;

    public static List<string> Build(MachineLaunch machine)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(machine.Nics.Length, PciPorts.Nics);
        List<string> arguments =
        [
            "-name", $"guest={Option.Value(machine.Name)},debug-threads=on",
            "-uuid", machine.Uuid.ToString(),
            "-nodefaults", "-no-user-config", "-display", "none", "-S",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        ];
        AddBoard(arguments, machine);
        AddPorts(arguments, machine);
        arguments.AddRange(
        [
            "-object", "rng-random,id=rng0,filename=/dev/urandom",
            "-device", "virtio-rng-pci,rng=rng0,addr=0x4",
            "-device", "virtio-balloon-pci,id=balloon0,free-page-reporting=on,deflate-on-oom=on,addr=0x5",
        ]);
        arguments.AddRange(PciPorts.Arguments());
        AddBoot(arguments, machine);
        AddDisks(arguments, machine);
        AddNics(arguments, machine);
        QemuExtras.Add(arguments, machine);
        return arguments;
    }

    private static void AddBoard(List<string> arguments, MachineLaunch machine)
    {
        var megabytes = Text(machine.Memory >> 20);
        var flash = machine.Uefi is null ? "" : ",pflash0=code,pflash1=variables";
        arguments.AddRange(
        [
            "-machine", $"q35,usb=off,vmport=off,smm={(machine.Uefi is { Secure: true } ? "on" : "off")},hpet=off,dump-guest-core=off,memory-backend=ram{flash}",
            "-accel", machine.Kvm ? "kvm" : $"tcg,thread=multi,tb-size={TranslationBuffer}",
            "-cpu", machine.Kvm ? "host" : "max",
            "-smp", QemuExtras.Smp(machine),
            "-m", $"size={megabytes}M",
            "-object", machine.HugePages ? $"memory-backend-memfd,id=ram,size={megabytes}M,hugetlb=on,prealloc=on" : $"memory-backend-ram,id=ram,size={megabytes}M",
            "-rtc", "base=utc,driftfix=slew",
        ]);
    }

    private static void AddPorts(List<string> arguments, MachineLaunch machine) => arguments.AddRange(
    [
        "-chardev", $"socket,id=qmp,fd={Text(machine.QmpFd)},server=on,wait=off",
        "-mon", "chardev=qmp,mode=control",
        "-chardev", $"socket,id=console,fd={Text(machine.ConsoleFd)},server=on,wait=off,logfile={Option.Value(machine.ConsoleLog)},logappend=on",
        "-serial", "chardev:console",
        "-device", "virtio-serial-pci,id=serial0,max_ports=4,addr=0x3",
        "-chardev", $"socket,id=agent,fd={Text(machine.AgentFd)},server=on,wait=off",
        "-device", $"virtserialport,bus=serial0.0,nr=1,id={AgentPortId},chardev=agent,name={GuestPort.Name}",
    ]);

    private static void AddBoot(List<string> arguments, MachineLaunch machine)
    {
        if (machine.Direct is { } direct)
        {
            arguments.AddRange(["-kernel", direct.Kernel]);
            if (direct.Initrd is not null)
            {
                arguments.AddRange(["-initrd", direct.Initrd]);
            }
            arguments.AddRange(["-append", direct.CommandLine]);
        }
        else if (machine.Uefi is { } uefi)
        {
            arguments.AddRange(
            [
                "-blockdev", $"driver=raw,node-name=code,read-only=on,file.driver=file,file.filename={Option.Value(uefi.Code)}",
                "-blockdev", $"driver=raw,node-name=variables,file.driver=file,file.filename={Option.Value(uefi.Variables)}",
            ]);
        }
    }

    private static void AddDisks(List<string> arguments, MachineLaunch machine)
    {
        AddLayers(arguments, machine.Disk.Backing);
        arguments.AddRange(
        [
            "-blockdev",
            $"driver={machine.Disk.Format},node-name=root,discard=unmap,detect-zeroes=unmap,"
                + $"file.driver=file,file.aio=threads,file.discard=unmap,file.filename={Option.Value(machine.Disk.Path)}"
                + Backing(machine.Disk.Backing, 1),
            "-device", $"virtio-blk-pci,id={RootDiskId},drive=root,serial=root,bootindex={Text(machine.RootBootIndex)},addr=0x2",
            "-device", "virtio-scsi-pci,id=scsi0,addr=0x6",
        ]);
        var ports = 0;
        foreach (var (options, fd, bootIndex) in machine.Drives)
        {
            var port = options.NeedsPort ? PciPorts.Disk(ports++) : null;
            arguments.AddRange(
            [
                "-add-fd", $"fd={Text(fd)},set={Text(options.FdSet)},opaque={DeviceIds.Node(options.Part.Device)}",
                "-blockdev", DriveOptions.Text(options.WriteNode),
                "-device", DriveOptions.Text(json => options.WriteDevice(json, port, bootIndex)),
            ]);
        }
    }

    /// <summary>The files below the root disk, from the lowest up: each is a node of its own, so that any number of snapshots fits.</summary>
    private static void AddLayers(List<string> arguments, MachineDisk? disk, int depth = 1)
    {
        if (disk is null)
        {
            return;
        }
        AddLayers(arguments, disk.Backing, depth + 1);
        arguments.AddRange(
        [
            "-blockdev",
            $"driver={disk.Format},node-name={Layer(depth)},read-only=on,file.driver=file,file.filename={Option.Value(disk.Path)}"
                + Backing(disk.Backing, depth + 1),
        ]);
    }

    private static string Backing(MachineDisk? disk, int depth) => disk is null ? "" : $",backing={Layer(depth)}";

    private static string Layer(int depth) => $"layer{Text(depth)}";

    private static void AddNics(List<string> arguments, MachineLaunch machine)
    {
        for (var i = 0; i < machine.Nics.Length; i++)
        {
            var (nic, port) = (machine.Nics[i], PciPorts.Nic(i));
            arguments.AddRange(
            [
                "-netdev", $"tap,id={DeviceIds.Netdev(nic.Spec.Device)},fd={Text(nic.TapFd)}",
                "-device", DriveOptions.Text(json => MachineNic.WriteDevice(json, nic.Spec, port)),
            ]);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
