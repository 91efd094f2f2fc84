using System.Globalization;
using Berth.Linux.Interop;

namespace Berth.Linux.Processes;

/// <summary>What this process keeps mapped.</summary>
public static class OwnMemory
{
    private const int DontNeed = 4;

    /// <summary>
    /// Lets go of the pages of programs and libraries that were only read: they stay in the page cache and come back by themselves when they are
    /// used again, madvise(2). Of a program that has started, most are not. Also gives free pages of the C heap back, malloc_trim(3).
    /// </summary>
    /// <returns>Bytes that were mapped and may be no more.</returns>
    public static long DropUnused()
    {
        _ = Libc.MallocTrim(0);
        return Droppable(File.ReadLines("/proc/self/smaps")).Where(range => Libc.MAdvise(range.Start, range.Length, DontNeed) == 0).Sum(range => (long)range.Length);
    }

    /// <summary>
    /// Of proc_pid_smaps(5), the mappings of files that cannot be written to and hold no page of the process's own: dropping any other loses content.
    /// </summary>
    internal static List<(nint Start, nuint Length)> Droppable(IEnumerable<string> smaps)
    {
        var found = new List<(nint, nuint)>();
        (nint Start, nuint Length)? mapping = null;
        foreach (var line in smaps)
        {
            if (TryHeader(line, out var range, out var isReadOnlyFile))
            {
                mapping = isReadOnlyFile ? range : null;
            }
            else if (mapping is { } candidate && line.StartsWith("Anonymous:", StringComparison.Ordinal) && line.EndsWith(" 0 kB", StringComparison.Ordinal))
            {
                found.Add(candidate);
            }
        }

        return found;
    }

    /// <summary>The first line of a mapping: range, permissions, offset, device, inode and the file's path.</summary>
    private static bool TryHeader(string line, out (nint Start, nuint Length) range, out bool isReadOnlyFile)
    {
        range = default;
        isReadOnlyFile = false;
        var dash = line.IndexOf('-', StringComparison.Ordinal);
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (dash <= 0 || space < dash
            || !long.TryParse(line.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start)
            || !long.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end))
        {
            return false;
        }

        range = ((nint)start, (nuint)(end - start));
        isReadOnlyFile = line.AsSpan(space + 1, 4) is ['r', '-', _, 'p'] && line.Contains(" /", StringComparison.Ordinal);
        return true;
    }
}
