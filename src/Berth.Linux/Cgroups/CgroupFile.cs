using System.Buffers.Text;

namespace Berth.Linux.Cgroups;

/// <summary>Reads and writes of control files without garbage.</summary>
internal static class CgroupFile
{
    /// <summary>Longest file that is read, in bytes: memory.stat of both versions.</summary>
    internal const int MostBytes = 8192;

    /// <summary>A number; "max" and v1's "no limit" are null. Null too when the file does not exist and <paramref name="optional"/> is set.</summary>
    public static long? ReadNumber(string path, bool optional = false)
    {
        Span<byte> buffer = stackalloc byte[64];
        if (Read(path, buffer, optional) is not { } n || !Utf8Parser.TryParse(buffer[..n], out ulong value, out _))
        {
            return null;
        }

        return Limit(value);
    }

    /// <summary>v1 says "no limit" as LONG_MAX rounded down to a page: null.</summary>
    public static long? Limit(ulong value) => value >= long.MaxValue - 65535 ? null : (long)value;

    /// <summary>The number after a key in a flat keyed file; null when the key or (if <paramref name="optional"/>) the file is not there.</summary>
    public static long? ReadKeyed(string path, ReadOnlySpan<byte> key, bool optional = false)
    {
        Span<byte> buffer = stackalloc byte[MostBytes];
        return Read(path, buffer, optional) is { } n ? Keyed(buffer[..n], key) : null;
    }

    /// <summary>The number after a key in the content of a flat keyed file; null: there is no such key.</summary>
    public static long? Keyed(ReadOnlySpan<byte> content, ReadOnlySpan<byte> key)
    {
        while (!content.IsEmpty)
        {
            var end = content.IndexOf((byte)'\n');
            var line = end < 0 ? content : content[..end];
            content = end < 0 ? [] : content[(end + 1)..];
            if (line.Length > key.Length && line.StartsWith(key) && line[key.Length] == ' '
                && Utf8Parser.TryParse(line[(key.Length + 1)..], out long value, out _))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The lines of a file; none when it is not there.</summary>
    public static string[] ReadLines(string path)
    {
        try
        {
            return Fd.ReadText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return [];
        }
    }

    /// <summary>A whole flat keyed file.</summary>
    public static Dictionary<string, long> ReadAllKeyed(string path)
    {
        var all = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in ReadLines(path))
        {
            if (line.Split(' ') is [var key, var text] && long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var value))
            {
                all[key] = value;
            }
        }

        return all;
    }

    private static int? Read(string path, Span<byte> buffer, bool optional)
    {
        try
        {
            using var fd = Fd.Open(path, OpenFlags.ReadOnly);
            var filled = 0;
            while (filled < buffer.Length && Fd.TryRead(fd, buffer[filled..]) is > 0 and var n)
            {
                filled += n;
            }

            return filled;
        }
        catch (LinuxException e) when (optional && e.Errno == Errno.ENOENT)
        {
            return null;
        }
    }
}
