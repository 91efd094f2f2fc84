using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Berth.Linux.Interop;

namespace Berth.Linux.Trees;

/// <summary>One name in a directory, byte for byte: what an instance calls its files need not be Unicode.</summary>
/// <param name="Name">With the terminating NUL.</param>
/// <param name="Type">DT_* of readdir(3); 0 when the filesystem does not say.</param>
internal readonly record struct TreeEntry(byte[] Name, byte Type)
{
    public const byte DirectoryType = 4;

    /// <summary>Everything in a directory except "." and "..", from the start.</summary>
    public static unsafe List<TreeEntry> ReadAll(SafeHandle directory)
    {
        const int size = 32 * 1024;
        const int nameAt = 19;
        Check.Result(Libc.LSeek(directory, 0, 0), "lseek");
        var entries = new List<TreeEntry>();
        var buffer = new byte[size];
        while (true)
        {
            nint filled;
            fixed (byte* pointer = buffer)
            {
                filled = (nint)Check.Result(Libc.Syscall(Libc.SysGetDents64, directory, (nint)pointer, size, 0, 0), "getdents64");
            }

            if (filled == 0)
            {
                return entries;
            }

            var rest = buffer.AsSpan(0, (int)filled);
            while (!rest.IsEmpty)
            {
                int length = BinaryPrimitives.ReadUInt16LittleEndian(rest[16..]);
                var name = rest[nameAt..length];
                name = name[..(name.IndexOf((byte)0) + 1)];
                if (!name.SequenceEqual(".\0"u8) && !name.SequenceEqual("..\0"u8))
                {
                    entries.Add(new TreeEntry(name.ToArray(), rest[18]));
                }

                rest = rest[length..];
            }
        }
    }
}
