using System.Globalization;
using Berth.Api;

namespace Berth.Daemon.Host;

/// <summary>PCI, USB, GPU and serial devices from /sys.</summary>
internal sealed class DeviceReader(HostFiles files, DeviceNames names)
{
    private const string PciRoot = "/sys/bus/pci/devices";
    private const string UsbRoot = "/sys/bus/usb/devices";
    private const string DrmRoot = "/sys/class/drm";

    public ResourcesPci Pci()
    {
        var devices = files.List(PciRoot).Select(PciDevice).ToList();
        return new() { Devices = devices, Total = (ulong)devices.Count };
    }

    public ResourcesUsb Usb()
    {
        // What contains a colon is an interface of a device, "usbN" a root hub.
        var devices = files.List(UsbRoot)
            .Where(n => !n.Contains(':', StringComparison.Ordinal) && !n.StartsWith("usb", StringComparison.Ordinal))
            .Select(UsbDevice)
            .ToList();
        return new() { Devices = devices, Total = (ulong)devices.Count };
    }

    public ResourcesGpu Gpu()
    {
        var cards = files.List(DrmRoot)
            .Where(n => n.StartsWith("card", StringComparison.Ordinal) && !n.Contains('-', StringComparison.Ordinal) && files.Exists($"{DrmRoot}/{n}/device"))
            .Select(GpuCard)
            .ToList();
        return new() { Cards = cards, Total = (ulong)cards.Count };
    }

    /// <summary>Serial ports on USB, as Incus counts them (ttyUSB and ttyACM).</summary>
    public ResourcesSerial Serial()
    {
        const string tty = "/sys/class/tty";
        var devices = files.List(tty)
            .Where(n => n.StartsWith("ttyUSB", StringComparison.Ordinal) || n.StartsWith("ttyACM", StringComparison.Ordinal))
            .Select(n => new ResourcesSerialDevice
            {
                Id = n,
                Device = files.Text($"{tty}/{n}/dev") ?? "",
                Driver = files.LinkName($"{tty}/{n}/device/driver"),
            })
            .ToList();
        return new() { Devices = devices, Total = (ulong)devices.Count };
    }

    private ResourcesPciDevice PciDevice(string address)
    {
        var directory = $"{PciRoot}/{address}";
        var driver = files.LinkName($"{directory}/driver") ?? "";
        var identity = names.OfPci(directory);
        return new()
        {
            PciAddress = address,
            Driver = driver,
            DriverVersion = driver.Length > 0 ? names.DriverVersion(driver) : "",
            NumaNode = files.NumaNode(directory),
            IommuGroup = ulong.TryParse(files.LinkName($"{directory}/iommu_group"), NumberStyles.None, CultureInfo.InvariantCulture, out var group) ? group : 0,
            Vendor = identity.Vendor ?? "",
            VendorId = identity.VendorId ?? "",
            Product = identity.Product ?? "",
            ProductId = identity.ProductId ?? "",
        };
    }

    private ResourcesUsbDevice UsbDevice(string name)
    {
        var directory = $"{UsbRoot}/{name}";
        return new()
        {
            BusAddress = files.Number($"{directory}/busnum") ?? 0,
            DeviceAddress = files.Number($"{directory}/devnum") ?? 0,
            Product = files.Text($"{directory}/product") ?? "",
            ProductId = files.Text($"{directory}/idProduct") ?? "",
            Vendor = files.Text($"{directory}/manufacturer") ?? "",
            VendorId = files.Text($"{directory}/idVendor") ?? "",
            Serial = files.Text($"{directory}/serial") ?? "",
            Speed = double.TryParse(files.Text($"{directory}/speed"), NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) ? speed : 0,
            Interfaces = [.. files.List(directory).Where(i => i.StartsWith($"{name}:", StringComparison.Ordinal)).Select(i => UsbInterface($"{directory}/{i}"))],
        };
    }

    private ResourcesUsbDeviceInterface UsbInterface(string directory)
    {
        var driver = files.LinkName($"{directory}/driver") ?? "";
        return new()
        {
            ClassId = Hex($"{directory}/bInterfaceClass"),
            SubclassId = Hex($"{directory}/bInterfaceSubClass"),
            Number = Hex($"{directory}/bInterfaceNumber"),
            Driver = driver,
            DriverVersion = driver.Length > 0 ? names.DriverVersion(driver) : "",
        };
    }

    private ulong Hex(string path) =>
        ulong.TryParse(files.Text(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private ResourcesGpuCard GpuCard(string card)
    {
        var device = $"{DrmRoot}/{card}/device";
        var driver = files.LinkName($"{device}/driver");
        var identity = names.OfPci(device);
        var render = files.List($"{device}/drm").FirstOrDefault(n => n.StartsWith("renderD", StringComparison.Ordinal));
        return new()
        {
            Driver = driver,
            DriverVersion = driver is null ? null : names.DriverVersion(driver),
            NumaNode = files.NumaNode(device),
            PciAddress = files.PciAddress($"{DrmRoot}/{card}"),
            VendorId = identity.VendorId,
            ProductId = identity.ProductId,
            Drm = new()
            {
                Id = ulong.TryParse(card.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0,
                CardName = card,
                CardDevice = files.Text($"{DrmRoot}/{card}/dev") ?? "",
                RenderName = render,
                RenderDevice = render is null ? null : files.Text($"{device}/drm/{render}/dev"),
            },
        };
    }
}
