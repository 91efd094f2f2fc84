using System.Globalization;
using System.Text;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux.Files;
using Berth.Machines.CloudInit;

namespace Berth.Machines;

/// <summary>
/// What a machine is told by files of its own: the seed for cloud-init, and strings for its SMBIOS tables. By file and not on QEMU's
/// command line, which everybody on the host can read.
/// </summary>
internal static class MachineFiles
{
    private const string Smbios = "smbios11.";
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead;

    /// <summary>The seed's disk; null when the configuration says nothing for cloud-init.</summary>
    public static string? WriteSeed(RunSpec spec, MachinePaths paths)
    {
        if (spec.CloudInit is not { Asked: true } seed)
        {
            return null;
        }

        Write(paths.Seed, SeedDisk.Write(seed.Files), spec.Boot!.Uid);
        return paths.Seed;
    }

    /// <summary>One file for each string of SMBIOS table 11: the user's own, and credentials as systemd reads them (systemd.system-credentials(7)).</summary>
    public static IReadOnlyList<string> WriteSmbios(RunSpec spec, MachinePaths paths)
    {
        var strings = spec.Config
            .Where(c => c.Key.StartsWith(Smbios, StringComparison.Ordinal))
            .Select(c => Encoding.UTF8.GetBytes($"{c.Key[Smbios.Length..]}={c.Value}"))
            .Concat(SystemdCredentials.Of(spec.Config).Select(c => Encoding.ASCII.GetBytes($"io.systemd.credential.binary:{c.Key}={Convert.ToBase64String(c.Value)}")));
        var files = new List<string>();
        foreach (var text in strings)
        {
            var path = paths.SmbiosFile(files.Count.ToString(CultureInfo.InvariantCulture));
            Write(path, text, spec.Boot!.Uid);
            files.Add(path);
        }

        return files;
    }

    /// <exception cref="BerthException">NoSpace: there are not as many free huge pages.</exception>
    public static void CheckHugePages(RunSpec spec, long memory)
    {
        var info = File.ReadLines("/proc/meminfo").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        long Of(string name) => info.FirstOrDefault(line => line[0] == name) is { } line ? long.Parse(line[1], CultureInfo.InvariantCulture) : 0;
        var free = Of("HugePages_Free:") * Of("Hugepagesize:") * 1024;
        if (free < memory)
        {
            throw new BerthException(ErrorKind.NoSpace,
                $"Machine {spec.Id} wants {memory >> 20}MiB in huge pages, and the host has {free >> 20}MiB of them free: reserve more (sysctl vm.nr_hugepages), or unset limits.memory.hugepages");
        }
    }

    private static void Write(string path, byte[] content, uint owner)
    {
        File.Delete(path);
        using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerReads }))
        {
            file.Write(content);
        }

        FileOperations.SetOwner(path, owner, owner);
    }
}
