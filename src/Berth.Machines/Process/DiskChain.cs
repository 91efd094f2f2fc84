using System.Buffers.Binary;
using System.Text;
using Berth.Core;
using Berth.Machines.CommandLine;

namespace Berth.Machines.Process;

/// <summary>
/// Follows a qcow2 overlay to the image below it, so that QEMU is told every file of the chain and opens none by a name that it
/// found. Source: QEMU docs/interop/qcow2.
/// </summary>
internal static class DiskChain
{
    private const int MaxDepth = 256;
    private const int ExtensionsEnd = 4096;
    private const uint Magic = 0x514649fb;
    private const uint BackingFormat = 0xe2792aca;

    /// <param name="hand">Gives the path under which QEMU sees a file.</param>
    public static MachineDisk Read(string path, string format, Func<string, string> hand, int depth = 0)
    {
        if (depth == MaxDepth)
        {
            throw BerthException.BadRequest($"The disk {path} lies on more than {MaxDepth} others.");
        }
        if (format != "qcow2" || ReadBacking(path) is not { } backing)
        {
            return new MachineDisk(hand(path), format);
        }
        var below = Path.Combine(Path.GetDirectoryName(path)!, backing.Path);
        return new MachineDisk(hand(path), format, Read(below, backing.Format, hand, depth + 1));
    }

    private static (string Path, string Format)? ReadBacking(string path)
    {
        var head = new byte[ExtensionsEnd];
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.Read(file, head, 0);
        if (length < 104 || BinaryPrimitives.ReadUInt32BigEndian(head) != Magic)
        {
            throw BerthException.BadRequest($"The disk {path} is no qcow2 image.");
        }
        var offset = BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(8));
        var size = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(16));
        if (offset == 0)
        {
            return null;
        }
        var name = new byte[size is > 0 and < 1024 ? size : throw BerthException.BadRequest($"The disk {path} has a damaged header.")];
        if (RandomAccess.Read(file, name, offset) != name.Length)
        {
            throw BerthException.BadRequest($"The disk {path} ends inside its header.");
        }
        return (Encoding.UTF8.GetString(name), ReadFormat(head.AsSpan(0, length)) ?? throw BerthException.BadRequest(
            $"The disk {path} does not say in which format the disk below it is: rebase it with qemu-img rebase -u -F."));
    }

    private static string? ReadFormat(ReadOnlySpan<byte> head)
    {
        var version = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        var at = version >= 3 ? BinaryPrimitives.ReadInt32BigEndian(head[100..]) : 72;
        while (at >= 72 && at + 8 <= head.Length)
        {
            var type = BinaryPrimitives.ReadUInt32BigEndian(head[at..]);
            var length = BinaryPrimitives.ReadInt32BigEndian(head[(at + 4)..]);
            if (type == 0 || length < 0 || length > head.Length - at - 8)
            {
                return null;
            }
            if (type == BackingFormat)
            {
                return Encoding.ASCII.GetString(head.Slice(at + 8, length));
            }
            at += 8 + ((length + 7) / 8 * 8);
        }
        return null;
    }
}
