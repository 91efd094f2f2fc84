namespace Berth.Guest;

/// <summary>The virtio-serial port between host and agent.</summary>
public static class GuestPort
{
    /// <summary>Name of the port: the guest finds it in /sys/class/virtio-ports/*/name and, with udev, under /dev/virtio-ports/.</summary>
    public const string Name = "org.berth.agent.0";
}
