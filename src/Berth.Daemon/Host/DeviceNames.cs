using System.Globalization;

namespace Berth.Daemon.Host;

/// <summary>Vendors' and products' ids, and their names where the host has the list of PCI ids (package pci.ids).</summary>
internal sealed class DeviceNames
{
    private static readonly string[] Lists = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];
    private readonly HostFiles _files;
    private readonly string _kernel;
    private readonly Lazy<Dictionary<string, string>> _names;

    public DeviceNames(HostFiles files)
    {
        _files = files;
        _kernel = files.Text("/proc/sys/kernel/osrelease") ?? "";
        _names = new(ReadNames);
    }

    /// <summary>A module's own version, else the kernel's.</summary>
    public string DriverVersion(string driver) => _files.Word($"/sys/module/{driver}/version") ?? _kernel;

    /// <param name="device">Directory of the device in /sys.</param>
    public (string? VendorId, string? Vendor, string? ProductId, string? Product) OfPci(string device)
    {
        if (_files.Number($"{device}/vendor") is not { } vendor || _files.Number($"{device}/device") is not { } product)
        {
            return default;
        }

        var (vendorId, productId) = (vendor.ToString("x4", CultureInfo.InvariantCulture), product.ToString("x4", CultureInfo.InvariantCulture));
        return (vendorId, _names.Value.GetValueOrDefault(vendorId), productId, _names.Value.GetValueOrDefault(vendorId + productId));
    }

    /// <summary>Lines "VVVV  Vendor" and, with a tab before, "PPPP  Product".</summary>
    private Dictionary<string, string> ReadNames()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var vendor = "";
        foreach (var line in Lists.Select(_files.Text).OfType<string>().FirstOrDefault("").Split('\n'))
        {
            if (line.StartsWith("C ", StringComparison.Ordinal))
            {
                // Classes of devices follow, in the same form.
                break;
            }

            if (line.Length > 6 && char.IsAsciiHexDigit(line[0]))
            {
                vendor = line[..4];
                names[vendor] = line[6..];
            }
            else if (line.Length > 7 && line[0] == '\t' && line[1] != '\t')
            {
                names[vendor + line[1..5]] = line[7..];
            }
        }

        return names;
    }
}
