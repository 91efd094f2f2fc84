using System.Globalization;

namespace Berth.Machines.CommandLine;

/// <summary>The part of QEMU's arguments that only some machines have.</summary>
internal static class QemuExtras
{
    /// <summary>PCI slots behind the disks: a guest counts its disks in this order, and the root is to be the first.</summary>
    private const string SeedSlot = "0xf";
    private const string IommuSlot = "0xe";

    public static string Smp(MachineLaunch machine)
    {
        var layout = machine.Topology ?? new(1, machine.Cpus, 1);
        return string.Create(
            CultureInfo.InvariantCulture, $"cpus={machine.Cpus},sockets={layout.Sockets},cores={layout.Cores},threads={layout.Threads}");
    }

    public static void Add(List<string> arguments, MachineLaunch machine)
    {
        if (machine.Uefi is { Secure: true })
        {
            // Only code in system management mode may write the variables that hold the keys.
            arguments.AddRange(["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]);
        }

        if (machine.Iommu)
        {
            arguments.AddRange(["-device", $"virtio-iommu-pci,addr={IommuSlot}"]);
        }

        if (machine.Seed is { } seed)
        {
            arguments.AddRange(
            [
                "-blockdev", $"driver=raw,node-name=cidata,read-only=on,file.driver=file,file.filename={Option.Value(seed)}",
                "-device", $"virtio-blk-pci,id=disk-cidata,drive=cidata,serial=cidata,addr={SeedSlot}",
            ]);
        }

        foreach (var file in machine.Smbios)
        {
            arguments.AddRange(["-smbios", $"type=11,path={Option.Value(file)}"]);
        }

        arguments.AddRange(machine.Raw);
    }
}
