using System.Buffers.Binary;
using System.Text.Json;
using Berth.Linux.Processes;

namespace Berth.Core.Images.Disks;

/// <summary>Looks at disk images of strangers. QEMU opens one only after its header was found to name no other file.</summary>
internal static class DiskInspector
{
    /// <summary>Larger than any disk that makes sense on one host: 16 TiB, ext4's limit with 4 KiB blocks.</summary>
    public const long MaxVirtualSize = 16L << 40;

    private const int HeaderV2 = 72;
    private const int HeaderV3 = 104;
    private const ulong KnownIncompatible = 0b1_1001;
    private const ulong ExternalData = 0b100;
    private const uint ExternalDataExtension = 0x44415441;

    /// <summary>The disk format that a file's first 36 KiB show; null when they show none.</summary>
    public static ImageContentKind? Detect(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("QFI"u8) && head.Length > 3 && head[3] == 0xfb)
        {
            return ImageContentKind.Qcow2;
        }

        if (Archives.Compression.Detect(head) != Archives.Compression.None)
        {
            return null;
        }

        var bootable = head.Length > 511 && head[510] == 0x55 && head[511] == 0xaa;
        var gpt = head.Length > 520 && head[512..520].SequenceEqual("EFI PART"u8);
        var iso = head.Length > 32774 && head[32769..32774].SequenceEqual("CD001"u8);
        var ext = head.Length > 1082 && head[1080] == 0x53 && head[1081] == 0xef;
        return bootable || gpt || iso || ext || head.StartsWith("XFSB"u8) ? ImageContentKind.Raw : null;
    }

    /// <summary>Refuses disks that point to other files, are encrypted, or claim absurd sizes.</summary>
    /// <returns>The virtual size in bytes.</returns>
    /// <exception cref="BerthException">BadRequest.</exception>
    public static async Task<long> CheckAsync(string path, ImageContentKind kind, CancellationToken cancel)
    {
        var size = kind == ImageContentKind.Raw ? new FileInfo(path).Length : await CheckQcow2Async(path, cancel);
        return size is > 0 and <= MaxVirtualSize
            ? size
            : throw BerthException.BadRequest($"the disk has a virtual size of {DiskRoom.Show(size)}; accepted are up to {DiskRoom.Show(MaxVirtualSize)}");
    }

    /// <summary>How qemu-img is told which file to open: the format is said, never guessed, and the name is no URL.</summary>
    public static string[] ImageOptions(string path, ImageContentKind kind)
    {
        var escaped = path.Replace(",", ",,", StringComparison.Ordinal);
        return ["--image-opts", $"driver={(kind == ImageContentKind.Raw ? "raw" : "qcow2")},file.driver=file,file.filename={escaped}"];
    }

    private static async Task<long> CheckQcow2Async(string path, CancellationToken cancel)
    {
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Read))
        {
            var head = new byte[64 << 10];
            var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
            CheckHeader(head.AsSpan(0, length));
        }

        var result = await Tool.RunConfinedAsync(
            ["qemu-img", "info", "--output=json", .. ImageOptions(path, ImageContentKind.Qcow2)],
            0, new CommandOptions { Timeout = TimeSpan.FromSeconds(30) }, cancel);
        using var info = JsonDocument.Parse(result.StdoutBytes);
        var root = info.RootElement;
        if (root.TryGetProperty("backing-filename", out _) || root.TryGetProperty("encrypted", out var encrypted) && encrypted.GetBoolean()
            || root.TryGetProperty("format-specific", out var specific) && specific.GetProperty("data").TryGetProperty("data-file", out _))
        {
            throw BerthException.BadRequest("the qcow2 disk needs another file or a key: flatten it with \"qemu-img convert\" first");
        }

        return root.GetProperty("virtual-size").GetInt64();
    }

    private static void CheckHeader(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeaderV3)
        {
            throw BerthException.BadRequest("the qcow2 disk is truncated");
        }

        var version = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        if (version is not (2 or 3))
        {
            throw BerthException.BadRequest($"the qcow2 disk has version {version}; known are 2 and 3");
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(head[8..]) != 0)
        {
            throw BerthException.BadRequest("the qcow2 disk has a backing file: flatten it with \"qemu-img convert\" first");
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(head[32..]) != 0)
        {
            throw BerthException.BadRequest("the qcow2 disk is encrypted: decrypt it with \"qemu-img convert\" first");
        }

        var incompatible = version == 2 ? 0 : BinaryPrimitives.ReadUInt64BigEndian(head[72..]);
        if ((incompatible & ExternalData) != 0 || HasExternalDataExtension(head, version))
        {
            throw BerthException.BadRequest("the qcow2 disk keeps its data in another file: flatten it with \"qemu-img convert\" first");
        }

        if ((incompatible & ~KnownIncompatible & ~0b10UL) != 0)
        {
            throw BerthException.BadRequest($"the qcow2 disk has features that are not known here (0x{incompatible:x})");
        }

        if ((incompatible & 0b10) != 0)
        {
            throw BerthException.BadRequest("the qcow2 disk is marked as corrupt: repair it with \"qemu-img check -r all\" first");
        }
    }

    private static bool HasExternalDataExtension(ReadOnlySpan<byte> head, uint version)
    {
        var at = version == 2 ? HeaderV2 : (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(head[100..]), (uint)head.Length);
        while (at + 8 <= head.Length && BinaryPrimitives.ReadUInt32BigEndian(head[at..]) is var type and not 0)
        {
            if (type == ExternalDataExtension)
            {
                return true;
            }

            var next = at + 8 + ((BinaryPrimitives.ReadUInt32BigEndian(head[(at + 4)..]) + 7L) & ~7L);
            at = (int)Math.Min(next, head.Length);
        }

        return false;
    }
}
