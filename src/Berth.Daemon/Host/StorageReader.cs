using Berth.Api;

namespace Berth.Daemon.Host;

/// <summary>Disks from /sys/class/block: whole devices that the kernel did not make itself (no loop, ram and device-mapper devices).</summary>
internal sealed class StorageReader(HostFiles files)
{
    private const string Root = "/sys/class/block";
    private const int Sector = 512;

    public ResourcesStorage Read()
    {
        var disks = files.List(Root).Where(IsDisk).Select(Disk).ToList();
        return new()
        {
            Disks = disks,
            Total = (ulong)disks.Count + disks.Aggregate(0UL, (sum, d) => sum + (ulong)d.Partitions.Count),
        };
    }

    private bool IsDisk(string name) =>
        files.Exists($"{Root}/{name}/device") && !files.Exists($"{Root}/{name}/partition") && files.Number($"{Root}/{name}/size") is > 0;

    private ResourcesStorageDisk Disk(string name)
    {
        var directory = $"{Root}/{name}";
        return new()
        {
            Id = name,
            Device = files.Text($"{directory}/dev") ?? "",
            Model = files.Word($"{directory}/device/model"),
            Serial = files.Word($"{directory}/serial") ?? files.Word($"{directory}/device/serial"),
            Wwn = files.Word($"{directory}/wwid") ?? files.Word($"{directory}/device/wwid"),
            FirmwareVersion = files.Word($"{directory}/device/firmware_rev") ?? files.Word($"{directory}/device/rev"),
            Type = files.LinkName($"{directory}/device/subsystem"),
            BlockSize = files.Number($"{directory}/queue/physical_block_size") ?? 0,
            Size = (files.Number($"{directory}/size") ?? 0) * Sector,
            ReadOnly = files.Number($"{directory}/ro") == 1,
            Removable = files.Number($"{directory}/removable") == 1,
            NumaNode = files.NumaNode($"{directory}/device"),
            PciAddress = files.PciAddress(directory),
            UsbAddress = files.UsbAddress(directory),

            // Incus' convention: a spinning disk whose speed is not known has 1.
            Rpm = files.Number($"{directory}/queue/rotational") ?? 0,
            DeviceId = LinkTo("/dev/disk/by-id", name) ?? "",
            DevicePath = LinkTo("/dev/disk/by-path", name),
            Partitions = [.. files.List(directory).Where(p => files.Exists($"{directory}/{p}/partition")).Select(p => new ResourcesStorageDiskPartition
            {
                Id = p,
                Device = files.Text($"{directory}/{p}/dev") ?? "",
                Partition = files.Number($"{directory}/{p}/partition") ?? 0,
                ReadOnly = files.Number($"{directory}/{p}/ro") == 1,
                Size = (files.Number($"{directory}/{p}/size") ?? 0) * Sector,
            })],
        };
    }

    /// <summary>The udev link that leads to a device.</summary>
    private string? LinkTo(string directory, string device) => files.List(directory).FirstOrDefault(l => files.LinkName($"{directory}/{l}") == device);
}
