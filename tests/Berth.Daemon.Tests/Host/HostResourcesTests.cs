using Berth.Daemon.Host;

namespace Berth.Daemon.Tests.Host;

/// <summary>A host that is made of files: what is read from them, and that nothing is demanded.</summary>
public sealed class HostResourcesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("berth-host-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path, string text)
    {
        var file = _root + path;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text + "\n");
    }

    private void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.CreateSymbolicLink(_root + path, target);
    }

    [Fact]
    public void A_host_without_any_of_these_files_has_empty_lists()
    {
        var resources = new HostResources(_root).Read();
        Assert.Empty(resources.Cpu.Sockets);
        Assert.Empty(resources.Network.Cards);
        Assert.Empty(resources.Storage.Disks);
        Assert.Empty(resources.Usb.Devices);
        Assert.Empty(resources.Gpu.Cards);
        Assert.Null(resources.System.Chassis);
        Assert.Equal(0u, resources.Memory.Total);
    }

    [Fact]
    public void Two_sockets_of_cores_with_threads_are_told_apart()
    {
        for (var cpu = 0; cpu < 8; cpu++)
        {
            Write($"/sys/devices/system/cpu/cpu{cpu}/topology/physical_package_id", $"{cpu / 4}");
            Write($"/sys/devices/system/cpu/cpu{cpu}/topology/core_id", $"{cpu / 2 % 2}");
            Directory.CreateDirectory($"{_root}/sys/devices/system/cpu/cpu{cpu}/node{cpu / 4}");
        }

        Write("/sys/devices/system/cpu/cpu7/online", "0");
        Write("/sys/devices/system/cpu/isolated", "2-3");
        Write("/sys/devices/system/cpu/cpu0/cache/index0/level", "1");
        Write("/sys/devices/system/cpu/cpu0/cache/index0/type", "Data");
        Write("/sys/devices/system/cpu/cpu0/cache/index0/size", "32K");
        Write("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Test CPU\nflags\t\t: fpu vmx\naddress sizes\t: 46 bits physical, 48 bits virtual");
        var cpus = new HostResources(_root).Read().Cpu;
        Assert.Equal(8u, cpus.Total);
        Assert.Equal([2, 2], cpus.Sockets.Select(s => s.Cores.Count));
        Assert.All(cpus.Sockets.SelectMany(s => s.Cores), c => Assert.Equal([0u, 1u], c.Threads.Select(t => t.Thread)));
        Assert.Equal([2, 3], cpus.Sockets.SelectMany(s => s.Cores).SelectMany(c => c.Threads).Where(t => t.Isolated).Select(t => t.Id));
        Assert.Equal(7, Assert.Single(cpus.Sockets.SelectMany(s => s.Cores).SelectMany(c => c.Threads), t => !t.Online).Id);
        Assert.Equal(32768u, Assert.Single(cpus.Sockets[0].Cache!).Size);
        Assert.Equal(("Test CPU", 46u), (cpus.Sockets[0].Name, cpus.Sockets[0].AddressSizes!.PhysicalBits));
    }

    [Fact]
    public void Memory_disks_and_cards_are_counted_in_bytes()
    {
        Write("/proc/meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\nHugePages_Total: 4\nHugePages_Free: 1\nHugepagesize: 2048 kB");
        Write("/sys/class/block/sda/size", "2048");
        Write("/sys/class/block/sda/dev", "8:0");
        Write("/sys/class/block/sda/device/model", "Disk of tests   ");
        Write("/sys/class/block/sda/sda1/partition", "1");
        Write("/sys/class/block/sda/sda1/size", "1024");
        Write("/sys/class/block/loop0/size", "0");
        Directory.CreateDirectory(_root + "/sys/devices/pci0000:00/0000:00:03.0/net/eth0/device");
        Write("/sys/devices/pci0000:00/0000:00:03.0/net/eth0/address", "10:66:6a:00:00:01");
        Write("/sys/devices/pci0000:00/0000:00:03.0/net/eth0/speed", "-1");
        Link("/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0");
        Write("/sys/bus/pci/devices/0000:00:03.0/vendor", "0x8086");
        Write("/sys/bus/pci/devices/0000:00:03.0/device", "0x100e");
        Write("/usr/share/misc/pci.ids", "8086  Intel Corporation\n\t100e  82540EM Gigabit Ethernet Controller");
        var resources = new HostResources(_root).Read();
        Assert.Equal((1024000u, 614400u), (resources.Memory.Total, resources.Memory.Used));
        Assert.Equal(3u * 2048 * 1024, resources.Memory.HugepagesUsed);
        var disk = Assert.Single(resources.Storage.Disks);
        Assert.Equal((1048576u, "Disk of tests", 524288u), (disk.Size, disk.Model, Assert.Single(disk.Partitions).Size));
        var card = Assert.Single(resources.Network.Cards);
        Assert.Equal(("0000:00:03.0", "Intel Corporation", "100e"), (card.PciAddress, card.Vendor, card.ProductId));
        Assert.Equal((0u, "10:66:6a:00:00:01"), (Assert.Single(card.Ports!).LinkSpeed, card.Ports![0].Address));
        Assert.Equal("82540EM Gigabit Ethernet Controller", Assert.Single(resources.Pci.Devices).Product);
    }
}
