using Berth.Api;

namespace Berth.Daemon.Host;

/// <summary>Network cards: interfaces of /sys/class/net that have a device, those of one device together.</summary>
internal sealed class NetworkReader(HostFiles files, DeviceNames names)
{
    private const string Root = "/sys/class/net";

    public ResourcesNetwork Read()
    {
        var cards = files.List(Root)
            .Where(n => files.Exists($"{Root}/{n}/device"))
            .GroupBy(n => files.Target($"{Root}/{n}") is { } target && target.Contains("/net/", StringComparison.Ordinal) ? target[..target.LastIndexOf("/net/", StringComparison.Ordinal)] : n, StringComparer.Ordinal)
            .Select(g => Card([.. g]))
            .ToList();
        return new() { Cards = cards, Total = (ulong)cards.Count };
    }

    private ResourcesNetworkCard Card(List<string> interfaces)
    {
        var device = $"{Root}/{interfaces[0]}/device";
        var driver = files.LinkName($"{device}/driver");
        var pci = files.PciAddress($"{Root}/{interfaces[0]}");
        var identity = names.OfPci(pci is null ? device : $"/sys/bus/pci/devices/{pci}");
        return new()
        {
            Driver = driver,
            DriverVersion = driver is null ? null : names.DriverVersion(driver),
            NumaNode = files.NumaNode(device),
            PciAddress = pci,
            UsbAddress = files.UsbAddress($"{Root}/{interfaces[0]}"),
            Vendor = identity.Vendor,
            VendorId = identity.VendorId,
            Product = identity.Product,
            ProductId = identity.ProductId,
            Ports = [.. interfaces.Select(Port)],
        };
    }

    private ResourcesNetworkCardPort Port(string name)
    {
        var directory = $"{Root}/{name}";
        return new()
        {
            Id = name,
            Address = files.Word($"{directory}/address"),
            Port = files.Number($"{directory}/dev_port") ?? 0,

            // ARPHRD_INFINIBAND; all other cards of hosts speak Ethernet's frames.
            Protocol = files.Number($"{directory}/type") == 32 ? "infiniband" : "ethernet",
            LinkDetected = files.Number($"{directory}/carrier") == 1,
            LinkDuplex = files.Word($"{directory}/duplex") is { } duplex and not "unknown" ? duplex : null,
            LinkSpeed = files.Number($"{directory}/speed") ?? 0,
        };
    }
}
