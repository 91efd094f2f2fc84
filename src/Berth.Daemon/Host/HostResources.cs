using Berth.Api;

namespace Berth.Daemon.Host;

/// <summary>What the host has, read anew at each call: disks and cards come and go.</summary>
internal sealed class HostResources(string root = "/")
{
    private readonly HostFiles _files = new(root);

    public Resources Read()
    {
        var names = new DeviceNames(_files);
        var devices = new DeviceReader(_files, names);
        var system = new SystemReader(_files);
        return new()
        {
            Cpu = new CpuReader(_files).Read(),
            Memory = new MemoryReader(_files).Read(),
            Network = new NetworkReader(_files, names).Read(),
            Storage = new StorageReader(_files).Read(),
            Gpu = devices.Gpu(),
            Pci = devices.Pci(),
            Usb = devices.Usb(),
            Serial = devices.Serial(),
            System = system.Read(),
            Load = system.Load(),
        };
    }
}
