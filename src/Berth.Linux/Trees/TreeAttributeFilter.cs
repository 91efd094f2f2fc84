using System.Runtime.InteropServices;
using System.Text;
using Berth.Linux.Interop;

namespace Berth.Linux.Trees;

/// <summary>Removes extended attributes from a tree that another program unpacked.</summary>
public static unsafe class TreeAttributeFilter
{
    private const int Largest = 64 * 1024;

    /// <summary>Whether an attribute may stay.</summary>
    public delegate bool Keeps(string name, ReadOnlySpan<byte> value);

    /// <summary>Goes through a tree that nobody else changes; links are not followed.</summary>
    /// <returns>How many attributes were removed.</returns>
    public static int Apply(string directory, Keeps keeps)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };
        var removed = Filter(directory, keeps);
        foreach (var path in Directory.EnumerateFileSystemEntries(directory, "*", all))
        {
            removed += Filter(path, keeps);
        }

        return removed;
    }

    private static int Filter(string path, Keeps keeps)
    {
        var removed = 0;
        var list = stackalloc byte[Largest];
        fixed (byte* path0 = CString.Encode(path))
        {
            var length = Libc.LListXAttr(path0, list, Largest);
            if (length < 0 && Marshal.GetLastPInvokeError() == Errno.EOPNOTSUPP)
            {
                return 0;
            }

            var rest = new ReadOnlySpan<byte>(list, (int)Check.Result(length, "llistxattr", path));
            while (!rest.IsEmpty)
            {
                var name = rest[..(rest.IndexOf((byte)0) + 1)];
                rest = rest[name.Length..];
                removed += FilterOne(path0, name, keeps) ? 1 : 0;
            }
        }

        return removed;
    }

    private static bool FilterOne(byte* path, ReadOnlySpan<byte> name, Keeps keeps)
    {
        var value = new byte[Largest];
        fixed (byte* name0 = name, value0 = value)
        {
            var length = (int)Check.Result(Libc.LGetXAttr(path, name0, value0, Largest), "lgetxattr");
            if (keeps(Encoding.UTF8.GetString(name[..^1]), value.AsSpan(0, length)))
            {
                return false;
            }

            Check.Result(Libc.LRemoveXAttr(path, name0), "lremovexattr");
            return true;
        }
    }
}
