using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Instances.CloudInit;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Linux.Namespaces;
using Berth.Linux.Processes;

namespace Berth.Containers;

/// <summary>What a container finds in its root, and beside it, when it starts.</summary>
internal static class ContainerFiles
{
    private const int Readable = 0x1A4; // 0644
    private const int Private = 0x100; // 0400
    private const UnixFileMode PrivateDirectory = UnixFileMode.UserRead | UnixFileMode.UserExecute;
    private static readonly TimeSpan ModuleTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Writes the seed for cloud-init; into a root without cloud-init only if the configuration says something for it.</summary>
    /// <exception cref="BerthException">BadRequest: something in the root is in the way.</exception>
    public static void WriteSeed(RunSpec spec, ContainerPaths paths)
    {
        if (spec.CloudInit is not { } seed)
        {
            return;
        }

        using var root = RootedDirectory.Open(paths.RootFs, new IdMap(spec.Root!.IdBase));
        try
        {
            if (!seed.Asked && root.TryStat("/etc/cloud", follow: true)?.Type != FileType.Directory)
            {
                return;
            }

            root.MakeDirectory(Seed.Directory, parents: true, new(0, 0, 0x1ED)); // 0755
            foreach (var (name, content) in seed.Files)
            {
                using var handle = root.OpenWrite($"{Seed.Directory}/{name}", WriteMode.Overwrite, new(0, 0, name == "user-data" ? 0x180 : Readable));
                using var file = new FileStream(handle, FileAccess.Write, 0);
                file.Write(content);
            }

            if (seed.NetworkConfig is null && root.TryStat($"{Seed.Directory}/network-config", follow: false) is not null)
            {
                root.Delete($"{Seed.Directory}/network-config", recursive: false);
            }
        }
        catch (LinuxException e)
        {
            if (seed.Asked || e.Errno is Errno.ENOSPC or Errno.EDQUOT)
            {
                throw BerthException.BadRequest($"{spec.Id}: {Seed.Directory}, which cloud-init reads, cannot be written: {e.Message}");
            }
        }
    }

    /// <summary>Credentials for systemd, readable to the container's root alone.</summary>
    public static void WriteCredentials(RunSpec spec, ContainerPaths paths)
    {
        var credentials = SystemdCredentials.Of(spec.Config);
        if (credentials.Count == 0)
        {
            return;
        }

        var owner = spec.Root!.IdBase;
        Directory.CreateDirectory(paths.Credentials, PrivateDirectory);
        foreach (var (name, content) in credentials)
        {
            var path = Path.Combine(paths.Credentials, name);
            using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = (UnixFileMode)Private }))
            {
                file.Write(content);
            }

            FileOperations.SetOwner(path, owner, owner);
        }

        FileOperations.SetOwner(paths.Credentials, owner, owner);
    }

    /// <summary>Loads <c>linux.kernel_modules</c> on the host; what is there already needs no loading.</summary>
    /// <exception cref="BerthException">BadRequest: the kernel has no such module.</exception>
    public static async Task LoadModulesAsync(RunSpec spec, CancellationToken cancel)
    {
        var names = spec.Config.GetValueOrDefault("linux.kernel_modules", "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var name in names.Where(n => !Directory.Exists($"/sys/module/{n.Replace('-', '_')}")))
        {
            if (await LoadAsync(name, cancel) is { } problem)
            {
                throw BerthException.BadRequest($"The kernel module {name} (linux.kernel_modules of {spec.Id}) cannot be loaded: {problem}");
            }
        }
    }

    /// <summary>Null: it is loaded.</summary>
    private static async Task<string?> LoadAsync(string name, CancellationToken cancel)
    {
        if (((string[])["/usr/sbin/modprobe", "/sbin/modprobe"]).FirstOrDefault(File.Exists) is not { } modprobe)
        {
            return "modprobe is not installed: install the package kmod";
        }

        var result = await Spawner.RunAsync([modprobe, "--", name], new CommandOptions { Timeout = ModuleTimeout }, cancel);
        return result.Status.Success ? null : result.Stderr.Trim() is { Length: > 0 } said ? said : result.Status.ToString();
    }
}
