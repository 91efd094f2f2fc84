using System.Globalization;
using System.Text;
using System.Text.Json;
using Berth.Core.Devices;

namespace Berth.Machines.CommandLine;

/// <summary>
/// How QEMU is told of a drive: the same objects go onto its command line and over QMP (qapi/block-core.json, blockdev-add; device_add).
/// </summary>
/// <param name="FdSet">Set of descriptors that the file's belongs to.</param>
internal sealed record DriveOptions(DrivePart Part, int FdSet, bool IsBlockDevice, bool Direct)
{
    /// <summary>Of the serial number in a virtio-blk or NVMe disk.</summary>
    private const int ShortSerial = 20;
    private const int LongSerial = 36;

    /// <summary>As Incus names them, so that <c>/dev/disk/by-id</c> in the guest has the same names.</summary>
    private string Serial => "incus_" + Part.Device;

    public bool NeedsPort => !Part.CdRom && Part.Bus != DriveBus.Scsi;

    /// <summary>The members of the block node.</summary>
    public void WriteNode(Utf8JsonWriter json)
    {
        json.WriteString("driver", Part.Format);
        json.WriteString("node-name", DeviceIds.Node(Part.Device));
        json.WriteBoolean("read-only", Part.ReadOnly);
        json.WriteString("discard", "unmap");
        WriteCache(json);
        json.WriteStartObject("file");
        json.WriteString("driver", IsBlockDevice ? "host_device" : "file");
        json.WriteString("filename", $"/dev/fdset/{FdSet.ToString(CultureInfo.InvariantCulture)}");
        json.WriteString("aio", "threads");
        json.WriteString("discard", "unmap");
        WriteCache(json);
        json.WriteEndObject();
    }

    /// <summary>The members of the device.</summary>
    /// <param name="port">PCIe port; not for SCSI.</param>
    public void WriteDevice(Utf8JsonWriter json, string? port, int? bootIndex)
    {
        json.WriteString("driver", Part.CdRom ? "scsi-cd" : Part.Bus switch
        {
            DriveBus.Block => "virtio-blk-pci",
            DriveBus.Nvme => "nvme",
            _ => "scsi-hd",
        });
        json.WriteString("id", DeviceIds.Drive(Part.Device));
        json.WriteString("bus", port ?? QemuArguments.ScsiBus);
        json.WriteString("drive", DeviceIds.Node(Part.Device));
        json.WriteString("serial", Shortened(Serial, NeedsPort ? ShortSerial : LongSerial));
        if (!NeedsPort)
        {
            json.WriteString("device_id", Serial);
        }
        if (bootIndex is { } index)
        {
            json.WriteNumber("bootindex", index);
        }
        if (Part.Wwn is { } wwn)
        {
            json.WriteNumber("wwn", Convert.ToUInt64(wwn, 16));
        }
    }

    /// <summary>An object as QEMU's command line takes it.</summary>
    public static string Text(Action<Utf8JsonWriter> members)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private void WriteCache(Utf8JsonWriter json)
    {
        json.WriteStartObject("cache");
        json.WriteBoolean("direct", Direct && Part.Cache == "none");
        json.WriteBoolean("no-flush", Part.Cache == "unsafe");
        json.WriteEndObject();
    }

    private static string Shortened(string text, int most) => text.Length <= most ? text : text[..most];
}
