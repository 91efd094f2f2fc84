using System.Buffers.Binary;
using System.Text;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Files;

/// <summary>
/// A file as a block device, loop(4), with autoclear: it is gone when this object is disposed and nothing has it open or mounted any more,
/// also after a crash.
/// </summary>
public sealed unsafe partial class LoopDevice : IDisposable
{
    private const nuint LoopSetCapacity = 0x4C07;
    private const nuint LoopSetDirectIo = 0x4C08;
    private const nuint LoopConfigure = 0x4C0A;
    private const nuint LoopCtlGetFree = 0x4C82;
    private const uint ReadOnlyFlag = 1;
    private const uint AutoClear = 4;
    private const uint PartScan = 8;
    private const uint DirectIo = 16;
    private const int Attempts = 64;

    private LoopDevice(string path, SafeFileHandle handle)
    {
        Path = path;
        Handle = handle;
    }

    /// <summary>/dev/loopN.</summary>
    public string Path { get; }

    /// <summary>The open device.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Attaches a file.</summary>
    /// <param name="file">The backing file.</param>
    /// <param name="readOnly">No writes.</param>
    /// <param name="directIo">Bypass the page cache of the file, so that nothing is cached twice; dropped where the file cannot do it.</param>
    /// <param name="partitions">Make /dev/loopNpM for the partitions in it.</param>
    /// <exception cref="LinuxException">ENODEV, ENOENT: the kernel has no loop devices; EBUSY: none is free.</exception>
    public static LoopDevice Attach(string file, bool readOnly = false, bool directIo = false, bool partitions = false)
    {
        using var backing = Fd.Open(file, readOnly ? OpenFlags.ReadOnly : OpenFlags.ReadWrite);
        using var control = Fd.Open("/dev/loop-control", OpenFlags.ReadWrite);
        var flags = AutoClear | (readOnly ? ReadOnlyFlag : 0) | (partitions ? PartScan : 0);
        for (var attempt = 1; ; attempt++)
        {
            var number = Check.Result(Libc.Ioctl(control, LoopCtlGetFree, 0), "ioctl(LOOP_CTL_GET_FREE)");
            var path = $"/dev/loop{number}";
            var device = Fd.Open(path, readOnly ? OpenFlags.ReadOnly : OpenFlags.ReadWrite);
            try
            {
                Configure(device, backing, file, flags | (directIo ? DirectIo : 0));
                return new LoopDevice(path, device);
            }
            catch (LinuxException e) when (e.Errno == Errno.EBUSY && attempt < Attempts)
            {
                // Somebody else took the free one.
                device.Dispose();
            }
            catch (LinuxException e) when (e.Errno == Errno.EINVAL && directIo)
            {
                directIo = false;
                device.Dispose();
            }
            catch
            {
                device.Dispose();
                throw;
            }
        }
    }

    /// <summary>Takes over the file's size after it grew.</summary>
    public void UpdateCapacity() => Check.Result(Libc.Ioctl(Handle, LoopSetCapacity, 0), "ioctl(LOOP_SET_CAPACITY)", Path);

    /// <summary>Switches direct I/O.</summary>
    /// <exception cref="LinuxException">EINVAL: the file cannot do it.</exception>
    public void SetDirectIo(bool on) => Check.Result(Libc.Ioctl(Handle, LoopSetDirectIo, on ? 1 : 0), "ioctl(LOOP_SET_DIRECT_IO)", Path);

    public void Dispose() => Handle.Dispose();

    private static void Configure(SafeFileHandle device, SafeFileHandle backing, string file, uint flags)
    {
        // struct loop_config: fd, block_size, then struct loop_info64 at 8 with lo_flags at 52 and lo_file_name (64 bytes) at 56.
        const int size = 304;
        const int info = 8;
        var config = stackalloc byte[size];
        var span = new Span<byte>(config, size);
        span.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(span, (int)backing.DangerousGetHandle());
        BinaryPrimitives.WriteUInt32LittleEndian(span[(info + 52)..], flags);
        var name = Encoding.UTF8.GetBytes(file);
        name.AsSpan(0, Math.Min(name.Length, 63)).CopyTo(span[(info + 56)..]);
        Check.Result(Libc.Ioctl(device, LoopConfigure, config), "ioctl(LOOP_CONFIGURE)", file);
        GC.KeepAlive(backing);
    }
}
