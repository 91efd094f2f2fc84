using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Files;

/// <summary>getdents64(2): names as the bytes they are, which the runtime's own enumeration cannot give.</summary>
internal static unsafe class DirectoryEntries
{
    /// <summary>A name with its terminating NUL, and its type if the file system says it at once.</summary>
    public readonly record struct Entry(byte[] Name, FileType Type);

    public static List<Entry> Read(SafeHandle directory)
    {
        var entries = new List<Entry>();
        var buffer = new byte[32 << 10];
        while (ReadSome(directory, buffer, entries))
        {
            // Until the end.
        }

        return entries;
    }

    /// <summary>Adds what one call gives.</summary>
    /// <returns>False: the directory has ended.</returns>
    public static bool ReadSome(SafeHandle directory, byte[] buffer, List<Entry> entries)
    {
        nint n;
        fixed (byte* pointer = buffer)
        {
            n = (nint)Check.Result(Libc.Syscall(Libc.SysGetDents64, directory, (nint)pointer, buffer.Length, 0, 0), "getdents64");
        }

        // struct linux_dirent64: d_reclen at 16, d_type at 18, d_name at 19.
        for (var rest = buffer.AsSpan(0, (int)n); !rest.IsEmpty; rest = rest[BinaryPrimitives.ReadUInt16LittleEndian(rest[16..])..])
        {
            var name = rest[19..];
            name = name[..(name.IndexOf((byte)0) + 1)];
            if (!name.SequenceEqual(".\0"u8) && !name.SequenceEqual("..\0"u8))
            {
                entries.Add(new Entry(name.ToArray(), (FileType)rest[18]));
            }
        }

        return n > 0;
    }
}
