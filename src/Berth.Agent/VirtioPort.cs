using Berth.Guest;

namespace Berth.Agent;

/// <summary>The port to the host. Found in sysfs, because an image without udev has no /dev/virtio-ports.</summary>
internal static class VirtioPort
{
    private const string ClassDirectory = "/sys/class/virtio-ports";

    /// <summary>Path of the port's device; waits until the driver has made it.</summary>
    public static async Task<string> FindAsync(CancellationToken cancel)
    {
        var appeared = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher("/dev");
        watcher.Created += (_, _) => appeared.Release();
        watcher.EnableRaisingEvents = true;
        while (true)
        {
            if (Find(ClassDirectory, "/dev") is { } path)
            {
                return path;
            }
            await appeared.WaitAsync(cancel);
        }
    }

    public static string? Find(string classDirectory, string deviceDirectory)
    {
        if (!Directory.Exists(classDirectory))
        {
            return null;
        }
        foreach (var port in Directory.EnumerateDirectories(classDirectory))
        {
            var name = Path.Combine(port, "name");
            var device = Path.Combine(deviceDirectory, Path.GetFileName(port));
            if (File.Exists(name) && File.ReadAllText(name).Trim() == GuestPort.Name && File.Exists(device))
            {
                return device;
            }
        }
        return null;
    }

    /// <summary>Blocking, unbuffered: see <see cref="Service"/> for why that is what this device wants.</summary>
    public static Stream Open(string path) => new FileStream(path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.ReadWrite,
        Share = FileShare.ReadWrite,
        BufferSize = 0,
    });
}
