using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Berth.EndToEnd.Support;

/// <summary>A container image of two megabytes: the host's static busybox, its init, DHCP on eth0.</summary>
internal static class BusyboxImage
{
    public const string Alias = "bb";

    /// <summary>What busybox' own init does first; it is the init, and the one that is asked to power off.</summary>
    private const string Boot =
        """
        #!/bin/sh
        ip link set lo up
        if [ -e /sys/class/net/eth0 ]; then udhcpc -b -q -t 5 -i eth0 -s /etc/udhcpc.sh >/dev/null 2>&1 & fi
        echo berth-test-console

        """;

    private const string Dhcp =
        """
        #!/bin/sh
        [ "$1" = bound ] || [ "$1" = renew ] || exit 0
        ip addr replace "$ip/$mask" dev "$interface"
        ip route replace default via "$router" dev "$interface"
        : >/etc/resolv.conf
        for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done

        """;

    private const string Metadata =
        """
        architecture: x86_64
        creation_date: 1700000000
        properties:
          description: busybox for tests
          os: busybox
          release: test
        templates: {}

        """;

    private static readonly string[] _directories =
        ["bin", "dev", "etc", "mnt", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "usr/bin", "usr/sbin", "var", "var/log", "var/run"];

    /// <summary>Writes the image's unified tarball.</summary>
    /// <param name="mark">Something that makes it another image.</param>
    public static async Task WriteAsync(string path, string mark = "")
    {
        var applets = (await Host.RunAsync("/bin/busybox", "--list-full")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await using var file = File.Create(path);
        await using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        await using var tar = new TarWriter(gzip, TarEntryFormat.Pax);
        await AddFileAsync(tar, "metadata.yaml", Metadata, 0x1A4 /* 0644 */);
        foreach (var directory in _directories.Select(d => "/" + d).Prepend(""))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "rootfs" + directory) { Mode = Mode(directory == "/tmp" ? 0x3FF : 0x1ED) });
        }

        await using (var busybox = File.OpenRead("/bin/busybox"))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "rootfs/bin/busybox") { Mode = Mode(0x1ED), DataStream = busybox });
        }

        foreach (var applet in applets.Where(a => a != "bin/busybox" && _directories.Contains(Path.GetDirectoryName(a)!, StringComparer.Ordinal)))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "rootfs/" + applet) { LinkName = "/bin/busybox" });
        }

        await AddFileAsync(tar, "rootfs/etc/mark", mark, 0x1A4);
        await AddFileAsync(tar, "rootfs/etc/inittab", "::sysinit:/etc/boot\n", 0x1A4);
        await AddFileAsync(tar, "rootfs/etc/boot", Boot, 0x1ED);
        await AddFileAsync(tar, "rootfs/etc/udhcpc.sh", Dhcp, 0x1ED);
        await AddFileAsync(tar, "rootfs/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nsailor:x:1000:1000:sailor:/tmp:/bin/sh\n", 0x1A4);
        await AddFileAsync(tar, "rootfs/etc/group", "root:x:0:\nsailor:x:1000:\n", 0x1A4);
    }

    public static async Task ImportAsync(Server server)
    {
        var file = Path.Combine(server.Place.Root, "busybox.tar.gz");
        await WriteAsync(file);
        await server.BerthAsync("image", "import", file, "--alias", Alias);
        File.Delete(file);
    }

    private static UnixFileMode Mode(int bits) => (UnixFileMode)bits;

    private static Task AddFileAsync(TarWriter tar, string name, string text, int mode) =>
        tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            Mode = Mode(mode),
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
        });
}
