using System.Buffers.Binary;
using System.Text;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Netlink;

/// <summary>TAP interfaces: what a machine's network card is connected to (the kernel's tuntap.rst).</summary>
public static unsafe class Tap
{
    private const nuint TunSetIff = 0x400454ca;
    private const nuint TunSetPersist = 0x400454cb;
    private const nuint TunSetOwner = 0x400454cc;
    private const ushort IffTap = 0x2;
    private const ushort IffNoPi = 0x1000;
    private const ushort IffMultiQueue = 0x100;
    private const ushort IffVnetHdr = 0x4000;

    /// <summary>Opens a macvtap interface, with vnet_hdr (the kernel's drivers/net/tap.c).</summary>
    public static SafeFileHandle OpenMacVTap(string name)
    {
        // One directory, called as the device node.
        var node = Directory.EnumerateDirectories($"/sys/class/net/{name}/macvtap").FirstOrDefault() ?? throw new LinuxException(Errno.ENODEV, "macvtap", name);
        var fd = Fd.Open("/dev/" + Path.GetFileName(node), OpenFlags.ReadWrite | OpenFlags.NonBlocking);
        try
        {
            var request = stackalloc byte[40];
            var span = new Span<byte>(request, 40);
            span.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(span[16..], IffTap | IffNoPi | IffVnetHdr);
            Check.Result(Libc.Ioctl(fd, TunSetIff, request), "ioctl(TUNSETIFF)", name);
            return fd;
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    /// <summary>Makes a TAP interface, or opens one more queue of a multi-queue one, or opens a persistent one again.</summary>
    /// <param name="name">1 to 15 bytes; "%d" is a number of the kernel's choice.</param>
    /// <param name="multiQueue">Several descriptors, each a queue. Must be the same for every opening.</param>
    /// <param name="persistent">It stays when the last descriptor is closed; <see cref="RtNetlink.DeleteLinkAsync"/> removes it.</param>
    /// <param name="ownerUid">A user who may open it without CAP_NET_ADMIN; null: nobody.</param>
    /// <returns>A descriptor to hand to QEMU (fd=, with vnet_hdr).</returns>
    /// <exception cref="LinuxException">EBUSY: somebody has it open; EINVAL: there is such an interface of another kind.</exception>
    public static SafeFileHandle Open(string name, bool multiQueue = false, bool persistent = false, uint? ownerUid = null)
    {
        const int nameSize = 16;
        var bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length is 0 or >= nameSize || bytes.Contains((byte)0))
        {
            throw new LinuxException(Errno.EINVAL, "interface name of 1 to 15 bytes", name);
        }

        var fd = Fd.Open("/dev/net/tun", OpenFlags.ReadWrite | OpenFlags.NonBlocking);
        try
        {
            // struct ifreq: the name, then the flags.
            var request = stackalloc byte[40];
            var span = new Span<byte>(request, 40);
            span.Clear();
            bytes.CopyTo(span);
            BinaryPrimitives.WriteUInt16LittleEndian(span[nameSize..], (ushort)(IffTap | IffNoPi | IffVnetHdr | (multiQueue ? IffMultiQueue : 0)));
            Check.Result(Libc.Ioctl(fd, TunSetIff, request), "ioctl(TUNSETIFF)", name);
            if (ownerUid is { } owner)
            {
                Check.Result(Libc.Ioctl(fd, TunSetOwner, (nint)owner), "ioctl(TUNSETOWNER)", name);
            }

            if (persistent)
            {
                Check.Result(Libc.Ioctl(fd, TunSetPersist, 1), "ioctl(TUNSETPERSIST)", name);
            }

            return fd;
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }
}
