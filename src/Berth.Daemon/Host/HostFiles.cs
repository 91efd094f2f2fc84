using System.Globalization;

namespace Berth.Daemon.Host;

/// <summary>Reads small files of /sys and /proc. What is missing or cannot be read is null or empty: no host has them all.</summary>
/// <param name="root">"/"; in tests a directory with the files that a host would have.</param>
internal sealed class HostFiles(string root)
{
    private const int MaxBytes = 4 << 20;

    /// <summary>The file's text without white space around it; null when there is none.</summary>
    public string? Text(string path)
    {
        try
        {
            using var file = new FileStream(At(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var text = new byte[4096];
            var length = 0;
            while (file.Read(text, length, text.Length - length) is > 0 and var read)
            {
                length += read;
                if (length == text.Length)
                {
                    if (length >= MaxBytes)
                    {
                        break;
                    }

                    Array.Resize(ref text, length * 2);
                }
            }

            return System.Text.Encoding.UTF8.GetString(text, 0, length).Trim('\0', ' ', '\n', '\t', '\r');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Many of these files exist and answer with an error, such as the speed of a link that is down.
            return null;
        }
    }

    /// <summary>As <see cref="Text"/>; null also where the file is empty.</summary>
    public string? Word(string path) => Text(path) is { Length: > 0 } text ? text : null;

    /// <summary>A number, decimal or with "0x"; null where there is none, or a negative one.</summary>
    public ulong? Number(string path) => Text(path) switch
    {
        null => null,
        ['0', 'x', .. var hex] => ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null,
        var text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
    };

    /// <summary>Lines "key: value", with the key's spaces gone.</summary>
    public IEnumerable<(string Key, string Value)> Pairs(string path) =>
        (Text(path) ?? "").Split('\n').Select(l => l.Split(':', 2)).Where(p => p.Length == 2).Select(p => (p[0].Trim(), p[1].Trim()));

    /// <summary>Names in a directory, numbers in them in their order (cpu2 before cpu10).</summary>
    public IReadOnlyList<string> List(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(At(directory)).Select(p => Path.GetFileName(p)).Order(StringComparer.Create(CultureInfo.InvariantCulture, CompareOptions.NumericOrdering))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public bool Exists(string path) => Path.Exists(At(path));

    /// <summary>Last part of what a link points to, for example a driver's name; null when it is no link.</summary>
    public string? LinkName(string path) => Target(path) is { } target ? Path.GetFileName(target) : null;

    /// <summary>Where a link points to, as it is written; null when it is none.</summary>
    public string? Target(string path)
    {
        try
        {
            return new FileInfo(At(path)).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>NUMA node of a device's directory; 0 where the host has one node only (the kernel says -1).</summary>
    public ulong NumaNode(string device) => Number(device + "/numa_node") ?? 0;

    /// <summary>PCI address in the path of a device, the last one: that of the device itself or what it hangs on.</summary>
    public string? PciAddress(string link) => Target(link)?.Split('/').LastOrDefault(IsPciAddress);

    /// <summary>USB address "bus:device" of the device that a directory belongs to; null when it hangs on no USB.</summary>
    public string? UsbAddress(string link)
    {
        var name = Target(link)?.Split('/').LastOrDefault(p => p.Length > 2 && char.IsAsciiDigit(p[0]) && p.Contains('-', StringComparison.Ordinal) && !p.Contains(':', StringComparison.Ordinal));
        return name is not null && Number($"/sys/bus/usb/devices/{name}/busnum") is { } bus && Number($"/sys/bus/usb/devices/{name}/devnum") is { } device
            ? string.Create(CultureInfo.InvariantCulture, $"{bus}:{device}")
            : null;
    }

    private static bool IsPciAddress(string part) => part.Length == 12 && part[4] == ':' && part[7] == ':' && part[10] == '.';

    private string At(string path) => Path.Join(root, path);
}
