using System.Globalization;
using System.Text.RegularExpressions;
using Berth.Linux.Processes;
using Berth.Linux.Trees;

namespace Berth.Core.Images.Archives;

/// <summary>
/// squashfs by <c>unsquashfs</c>: its listing passes the same guard as a tar archive's entries before anything is unpacked, and it runs
/// with bounded memory, time and file sizes.
/// </summary>
internal static partial class SquashfsReader
{
    private static readonly TimeSpan ListTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan UnpackTimeout = TimeSpan.FromMinutes(30);

    /// <summary>A thread reserves address space, which is bounded: 64 cores must not need more of it than 8.</summary>
    private static readonly string Threads = Math.Min(8, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture);

    /// <exception cref="BerthException">BadRequest, naming the entry that may not be in an image; NoSpace.</exception>
    public static async Task CheckAsync(string path, TreeLimits limits, CancellationToken cancel)
    {
        var guard = new ArchiveGuard(limits, "");
        var entries = 0;
        using var lines = new LineStream(line =>
        {
            if (Parse(line) is { } entry)
            {
                entries++;
                guard.Admit(entry);
            }
        });
        await Tool.RunConfinedAsync(["unsquashfs", "-p", Threads, "-lln", path], 0, new CommandOptions { Timeout = ListTimeout, StdoutTo = lines }, cancel);
        lines.Complete();
        if (entries == 0)
        {
            throw BerthException.BadRequest("the squashfs is empty");
        }
    }

    /// <summary>Unpacks a checked squashfs into an empty directory.</summary>
    public static async Task UnpackAsync(string path, string directory, TreeLimits limits, CancellationToken cancel)
    {
        await CheckAsync(path, limits, cancel);
        await Tool.RunConfinedAsync(
            ["unsquashfs", "-p", Threads, "-q", "-n", "-f", "-xattrs", "-d", directory, path],
            Math.Min(limits.MaxBytes, TreeLimits.MaxFileSize), new CommandOptions { Timeout = UnpackTimeout, MaxOutput = 1 << 20 }, cancel);
        EmptyDev(directory);
        TreeAttributeFilter.Apply(directory, AttributePolicy.Keeps);
    }

    /// <summary>Every instance gets its /dev from its engine; device nodes in a shared tree serve nobody.</summary>
    private static void EmptyDev(string directory)
    {
        var dev = new DirectoryInfo(Path.Combine(directory, "dev"));
        if (!dev.Exists || dev.LinkTarget is not null)
        {
            return;
        }

        foreach (var item in dev.EnumerateFileSystemInfos())
        {
            if (item is DirectoryInfo { LinkTarget: null } inner)
            {
                inner.Delete(recursive: true);
            }
            else
            {
                item.Delete();
            }
        }
    }

    /// <summary>A line as <c>-rwxr-xr-x 0/0   1234 2024-05-01 12:00 squashfs-root/bin/sh</c>; null for the lines around the listing.</summary>
    private static TarEntry? Parse(string line)
    {
        if (Entry().Match(line) is not { Success: true } match)
        {
            return null;
        }

        var size = match.Groups["size"] is { Success: true } text ? Number(text.ValueSpan) : 0;
        var kind = line[0] switch
        {
            'd' => TarEntryKind.Directory,
            'l' => TarEntryKind.SymbolicLink,
            'c' => TarEntryKind.CharacterDevice,
            'b' => TarEntryKind.BlockDevice,
            'p' or 's' => TarEntryKind.Fifo,
            _ => TarEntryKind.File,
        };
        return new TarEntry
        {
            Path = kind == TarEntryKind.SymbolicLink ? match.Groups["path"].Value.Split(" -> ")[0] : match.Groups["path"].Value,
            Kind = kind,
            LinkTarget = kind == TarEntryKind.SymbolicLink ? "in the listing" : "",
            Uid = Number(match.Groups["uid"].ValueSpan),
            Gid = Number(match.Groups["gid"].ValueSpan),
            Size = kind == TarEntryKind.File ? size : 0,
            Segments = kind == TarEntryKind.File ? [new TarSegment(0, size)] : [],
        };
    }

    private static long Number(ReadOnlySpan<char> digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue / 4;

    [GeneratedRegex(@"^[-dlcbps][-rwxsStT]{9} (?<uid>\d+)/(?<gid>\d+) +(?:\d+, *\d+|(?<size>\d+)) \d{4}-\d\d-\d\d \d\d:\d\d squashfs-root/?(?<path>.*)$")]
    private static partial Regex Entry();
}
