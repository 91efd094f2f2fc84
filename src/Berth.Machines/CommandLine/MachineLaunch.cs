using System.Collections.Immutable;
using System.Text.Json;
using Berth.Core.Networks;
using Berth.Core.Resources;
using Berth.Machines.Firmware;

namespace Berth.Machines.CommandLine;

/// <summary>A machine as QEMU is to see it: everything resolved, descriptors numbered.</summary>
internal sealed record MachineLaunch
{
    public required string Name { get; init; }

    public required Guid Uuid { get; init; }

    public required bool Kvm { get; init; }

    public required int Cpus { get; init; }

    /// <summary>Bytes, a multiple of 1 MiB.</summary>
    public required long Memory { get; init; }

    public required MachineDisk Disk { get; init; }

    public ImmutableArray<MachineDrive> Drives { get; init; } = [];

    /// <summary>Place of the root disk in the order in which firmware tries disks.</summary>
    public int RootBootIndex { get; init; } = 1;

    /// <summary>Set for direct boot.</summary>
    public DirectBoot? Direct { get; init; }

    /// <summary>Set for UEFI; with neither, SeaBIOS.</summary>
    public FirmwareFiles? Uefi { get; init; }

    /// <summary>How the CPUs are laid out; null: cores of one socket.</summary>
    public CpuTopology? Topology { get; init; }

    /// <summary>Its memory is in the host's huge pages.</summary>
    public bool HugePages { get; init; }

    /// <summary>It has an IOMMU.</summary>
    public bool Iommu { get; init; }

    /// <summary>The disk with the seed for cloud-init; read only.</summary>
    public string? Seed { get; init; }

    /// <summary>Files with strings for SMBIOS table 11.</summary>
    public ImmutableArray<string> Smbios { get; init; } = [];

    /// <summary>Arguments of the user's own (<c>raw.qemu</c>), last.</summary>
    public ImmutableArray<string> Raw { get; init; } = [];

    public ImmutableArray<MachineNic> Nics { get; init; } = [];

    /// <summary>Listening unix sockets, inherited.</summary>
    public required int QmpFd { get; init; }

    public required int ConsoleFd { get; init; }

    public required int AgentFd { get; init; }

    public required string ConsoleLog { get; init; }
}

/// <param name="Format"><c>qcow2</c> or <c>raw</c>.</param>
/// <param name="Backing">The disk below an overlay; read only.</param>
internal sealed record MachineDisk(string Path, string Format, MachineDisk? Backing = null);

internal sealed record DirectBoot(string Kernel, string? Initrd, string CommandLine);

/// <param name="Fd">The open file, inherited.</param>
internal sealed record MachineDrive(DriveOptions Options, int Fd, int BootIndex);

/// <param name="TapFd">Tap, inherited.</param>
internal sealed record MachineNic(NicSpec Spec, int TapFd)
{
    /// <summary>The members of the card.</summary>
    public static void WriteDevice(Utf8JsonWriter json, NicSpec nic, string port)
    {
        json.WriteString("driver", "virtio-net-pci");
        json.WriteString("id", DeviceIds.Nic(nic.Device));
        json.WriteString("bus", port);
        json.WriteString("netdev", DeviceIds.Netdev(nic.Device));
        json.WriteString("mac", nic.Mac);
        json.WriteString("romfile", "");
        if (nic.Mtu is { } bytes)
        {
            json.WriteNumber("host_mtu", bytes);
        }
    }
}
