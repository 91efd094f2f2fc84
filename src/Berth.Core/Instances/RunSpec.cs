using System.Collections.Immutable;
using Berth.Core.Devices;
using Berth.Core.Networks;
using Berth.Core.Resources;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Instances;

/// <summary>Everything an engine needs to run one instance. Declarative, complete and immutable.</summary>
public sealed record RunSpec
{
    public required InstanceId Id { get; init; }

    public required Guid Uuid { get; init; }

    /// <summary>Directory for sockets, pid files and the root's mount point (mode 0711, exists).</summary>
    public required string RuntimeDirectory { get; init; }

    /// <summary>Directory for NVRAM and the like that survives a boot (exists).</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Directory for the engine's and console's logs (exists).</summary>
    public required string LogDirectory { get; init; }

    /// <summary>Cgroup relative to each hierarchy's mount, for example <c>berth/web1</c>. The engine makes and removes it.</summary>
    public required string Cgroup { get; init; }

    public required Limits Limits { get; init; }

    /// <summary>Environment of init and of every exec (<c>environment.*</c>).</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<NicSpec> Nics { get; init; } = [];

    /// <summary>All other devices.</summary>
    public ImmutableArray<DevicePart> Devices { get; init; } = [];

    /// <summary>The expanded configuration, for keys that only the engine understands (<c>security.*</c>, <c>berth.*</c>, …).</summary>
    public required ImmutableSortedDictionary<string, string> Config { get; init; }

    /// <summary>Directory of the host with the guest API's socket; null: the instance is not to have it.</summary>
    public string? GuestApiDirectory { get; init; }

    /// <summary>What cloud-init inside is given; null: nothing.</summary>
    public CloudInit.Seed? CloudInit { get; init; }

    /// <summary>Set for containers.</summary>
    public ContainerRoot? Root { get; init; }

    /// <summary>Set for machines.</summary>
    public MachineBoot? Boot { get; init; }
}

/// <summary>The root of a container.</summary>
/// <param name="IdBase">First host id of its range; 0 for a privileged container.</param>
/// <param name="MountAsync">Gives the root as a detached mount (id-mapped where needed), ready for move_mount.</param>
public sealed record ContainerRoot(uint IdBase, Func<CancellationToken, Task<SafeFileHandle>> MountAsync)
{
    /// <summary>Ids in a container's range.</summary>
    public const uint IdCount = 65536;

    /// <summary>Its ids are the host's: root inside is root.</summary>
    public bool IsPrivileged => IdBase == 0;
}

/// <summary>What a machine boots from.</summary>
public sealed record MachineBoot
{
    /// <summary>The root disk (qcow2 or raw), readable and writable by <see cref="Uid"/> when the engine has chowned it.</summary>
    public required string Disk { get; init; }

    /// <summary>Format of <see cref="Disk"/>: <c>qcow2</c> or <c>raw</c>.</summary>
    public required string DiskFormat { get; init; }

    /// <summary>Kernel of the image for direct boot; null boots through firmware.</summary>
    public string? Kernel { get; init; }

    public string? Initrd { get; init; }

    /// <summary>Kernel command line for direct boot, from the image (root= and console= included).</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Uid and gid of the QEMU process: the instance's own.</summary>
    public required uint Uid { get; init; }
}
