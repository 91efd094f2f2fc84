using System.Runtime.InteropServices;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Core.Images.Disks;

/// <summary>
/// Makes a machine's root disk from an unpacked tree: ext4 in a sparse file, then qcow2. Kernel and initrd are copied beside it for
/// direct boot; no boot loader is installed, none is needed.
/// </summary>
internal static class MachineDiskBuilder
{
    public const string KernelFile = "kernel";
    public const string InitrdFile = "initrd";

    /// <summary>Image property: bytes of the machine's disk.</summary>
    public const string SizeProperty = "berth.disk.size";

    private const long DefaultSize = 10L << 30;
    private const long MaxKernel = 512L << 20;
    private const long MaxInitrd = 2L << 30;
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Features that Linux 5.10 (Debian 11) mounts, whatever this host's mke2fs likes; said here so that two hosts make the same disk.
    /// </summary>
    private const string Mke2fsConfig = """
        [defaults]
            base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
            blocksize = 4096
            inode_size = 256
            inode_ratio = 16384
        [fs_types]
            ext4 = {
                features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
            }
        """;

    /// <param name="tree">The image's tree with its real ids.</param>
    /// <param name="disk">The qcow2 that is to be made; its directory takes temporary files.</param>
    /// <param name="files">Directory for kernel and initrd.</param>
    /// <exception cref="BerthException">BadRequest: the tree has no kernel.</exception>
    public static async Task<MachineImageRecord> BuildAsync(ImageRecord image, string tree, string disk, string files, CancellationToken cancel)
    {
        var boot = KernelFinder.Find(tree)
            ?? throw BerthException.BadRequest(
                $"image {image.ShortFingerprint} cannot start machines: it has no kernel (looked for /boot/vmlinuz-*, /boot/vmlinuz, /vmlinuz). "
                + "Launch it as a container, or use an image with a kernel, as \"berth image build\" makes them");
        using (var root = Fd.Open(tree, OpenFlags.Path | OpenFlags.Directory))
        {
            await CopyAsync(root, boot.Kernel, Path.Combine(files, KernelFile), MaxKernel, cancel);
            if (boot.Initrd is { } initrd)
            {
                await CopyAsync(root, initrd, Path.Combine(files, InitrdFile), MaxInitrd, cancel);
            }
        }

        var size = await SizeForAsync(image, tree, cancel);
        var uuid = UuidOf(image.Fingerprint);
        await MakeDiskAsync(tree, disk, size, uuid, cancel);
        return new MachineImageRecord
        {
            Kernel = KernelFile,
            Initrd = boot.Initrd is null ? null : InitrdFile,
            CommandLine = $"root=UUID={uuid} rootfstype=ext4 rw console={SerialConsole}",
            VirtualSize = size,
        };
    }

    private static string SerialConsole => RuntimeInformation.OSArchitecture switch
    {
        Architecture.Arm64 => "ttyAMA0",
        _ => "ttyS0",
    };

    private static async Task MakeDiskAsync(string tree, string disk, long size, Guid uuid, CancellationToken cancel)
    {
        var raw = disk + ".raw";
        var config = disk + ".mke2fs";
        try
        {
            await File.WriteAllTextAsync(config, Mke2fsConfig, cancel);
            var environment = new Dictionary<string, string>
            {
                ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin",
                ["LC_ALL"] = "C",
                ["MKE2FS_CONFIG"] = config,
            };
            await Tool.RunAsync(
                [
                    "mke2fs", "-q", "-F", "-t", "ext4", "-m", "1", "-L", "berth-root", "-U", uuid.ToString(), "-d", tree,
                    "-E", $"lazy_itable_init=1,lazy_journal_init=1,nodiscard,hash_seed={uuid}", raw, $"{size >> 10}k",
                ],
                new CommandOptions { Timeout = TimeSpan.FromMinutes(30), Environment = environment }, cancel);
            await Tool.RunAsync(
                ["qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw, disk],
                new CommandOptions { Timeout = TimeSpan.FromMinutes(30) }, cancel);
        }
        finally
        {
            File.Delete(raw);
            File.Delete(config);
        }
    }

    /// <summary>What the image asks for, or 10 GiB; the tree and a gibibyte where that is more; sparse, so that it costs what is in it.</summary>
    private static async Task<long> SizeForAsync(ImageRecord image, string tree, CancellationToken cancel)
    {
        var used = await Tool.RunAsync(["du", "-s", "-k", "-x", tree], new CommandOptions { Timeout = TimeSpan.FromMinutes(5) }, cancel);
        var bytes = long.Parse(used.Stdout.Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture) << 10;
        const long gibibyte = 1L << 30;
        var wanted = image.Properties.TryGetValue(SizeProperty, out var text)
            && long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var asked)
            && asked is > 0 and <= DiskInspector.MaxVirtualSize ? asked / 4096 * 4096 : DefaultSize;
        return Math.Max(wanted, ((bytes * 2) + gibibyte + gibibyte - 1) / gibibyte * gibibyte);
    }

    /// <summary>One UUID for one image, on every host: two images' disks in one machine are told apart.</summary>
    private static Guid UuidOf(string fingerprint)
    {
        var bytes = Convert.FromHexString(fingerprint[..32]);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static async Task CopyAsync(Microsoft.Win32.SafeHandles.SafeFileHandle root, string path, string target, long most, CancellationToken cancel)
    {
        await using var source = new FileStream(KernelFinder.Open(root, path), FileAccess.Read, 1);
        if (source.Length > most)
        {
            throw BerthException.BadRequest($"the image's {path} is {DiskRoom.Show(source.Length)} large; at most {DiskRoom.Show(most)} are accepted");
        }

        await using (var copy = new FileStream(target + ".new", FileMode.Create, FileAccess.Write))
        {
            await source.CopyToAsync(copy, 1 << 20, cancel);
        }

        File.SetUnixFileMode(target + ".new", Readable);
        File.Move(target + ".new", target, overwrite: true);
    }
}
