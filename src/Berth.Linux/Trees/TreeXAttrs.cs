using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Trees;

/// <summary>Copies extended attributes, and moves the ids that are inside some: POSIX ACLs and file capabilities (version 3).</summary>
internal static unsafe class TreeXAttrs
{
    private const int Largest = 64 * 1024;

    /// <summary>Copies from one path (with NUL) to another one; a final symbolic link is not followed.</summary>
    public static void Copy(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, IdShift shift)
    {
        var list = new byte[Largest];
        nint length;
        fixed (byte* path = from, names = list)
        {
            length = Libc.LListXAttr(path, names, (nuint)list.Length);
        }

        if (length < 0 && Marshal.GetLastPInvokeError() == Errno.EOPNOTSUPP)
        {
            return;
        }

        var rest = list.AsSpan(0, (int)Check.Result(length, "llistxattr"));
        while (!rest.IsEmpty)
        {
            var name = rest[..(rest.IndexOf((byte)0) + 1)];
            rest = rest[name.Length..];
            if (!IsOfTheOriginal(name))
            {
                CopyOne(from, to, name, shift);
            }
        }
    }

    /// <summary>The identity of an overlay; and XFS's own form of an ACL, which it shows beside the common one, with ids that would not be moved.</summary>
    private static bool IsOfTheOriginal(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("trusted.overlay.uuid\0"u8) || name.StartsWith("trusted.SGI_ACL_"u8);

    private static void CopyOne(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, ReadOnlySpan<byte> name, IdShift shift)
    {
        var buffer = new byte[Largest];
        fixed (byte* source = from, target = to, attribute = name, value = buffer)
        {
            var length = Libc.LGetXAttr(source, attribute, value, (nuint)buffer.Length);
            if (length < 0 && Marshal.GetLastPInvokeError() == Errno.ENODATA)
            {
                return;
            }

            Check.Result(length, "lgetxattr");
            Shift(name, buffer.AsSpan(0, (int)length), shift);
            Check.Result(Libc.LSetXAttr(target, attribute, value, (nuint)length, 0), "lsetxattr", System.Text.Encoding.UTF8.GetString(name[..^1]));
        }
    }

    private static void Shift(ReadOnlySpan<byte> name, Span<byte> value, IdShift shift)
    {
        if (name.StartsWith("system.posix_acl_"u8))
        {
            ShiftAcl(value, shift);
        }
        else if (name.SequenceEqual("security.capability\0"u8) && value.Length == 24 && value[3] == 3)
        {
            // struct vfs_ns_cap_data: the last word is the root id of the namespace that the capabilities are good in.
            ShiftAt(value[20..], shift);
        }
    }

    /// <summary>linux/posix_acl_xattr.h: a version word, then entries of tag, permissions (2 bytes each) and id.</summary>
    private static void ShiftAcl(Span<byte> value, IdShift shift)
    {
        const int user = 2;
        const int group = 8;
        for (var entry = value[4..]; entry.Length >= 8; entry = entry[8..])
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(entry) is user or group)
            {
                ShiftAt(entry[4..], shift);
            }
        }
    }

    private static void ShiftAt(Span<byte> id, IdShift shift) =>
        BinaryPrimitives.WriteUInt32LittleEndian(id, shift.Apply(BinaryPrimitives.ReadUInt32LittleEndian(id)));
}
