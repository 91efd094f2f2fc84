using System.Collections.Immutable;
using System.Security.Cryptography;
using Berth.Containers.Tests.Support;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Core.Resources;
using Berth.Linux.Mounts;
using Berth.Linux.Namespaces;
using Berth.Linux.Netlink;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

[assembly: AssemblyFixture(typeof(ContainerHost))]

namespace Berth.Containers.Tests.Support;

/// <summary>A place on this host for real containers: directories, a bridge, and images. Checks at the end that nothing is left.</summary>
public sealed class ContainerHost : IAsyncLifetime
{
    public const uint FirstId = 3_000_000_000;

    private const UnixFileMode Traversable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private int _number;

    /// <summary>In every name on the host that a test makes.</summary>
    public string Mark { get; } = "bct" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));

    public string Directory => $"/tmp/berth-ct-test/{Mark}";

    public string Bridge => Mark + "br";

    public string Busybox => $"{Directory}/images/busybox";

    public string Hung => $"{Directory}/images/hung";

    public ContainerEngine Engine { get; } = NewEngine();

    /// <summary>berth-lxc as ./build.sh makes it: it forks, and only the compiled program can do that.</summary>
    private static string Program => Path.Combine(
        Environment.GetEnvironmentVariable("BERTH_BIN") ?? Path.Combine(AppContext.BaseDirectory, "../../../../../out/bin"), "berth-lxc");

    /// <summary>As a new daemon would have it.</summary>
    public static ContainerEngine NewEngine() => new(new(Program), NullLogger<ContainerEngine>.Instance);

    public async ValueTask InitializeAsync()
    {
        System.IO.Directory.CreateDirectory(Directory, Traversable);
        await BusyboxImage.MakeAsync(Busybox, CancellationToken.None);
        await BusyboxImage.MakeAsync(Hung, CancellationToken.None);
        BusyboxImage.MakeHung(Hung);
        using var netlink = RtNetlink.Open();
        await netlink.CreateBridgeAsync(Bridge, null, null, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        using (var netlink = RtNetlink.Open())
        {
            await netlink.DeleteLinkAsync(Bridge, CancellationToken.None);
        }

        foreach (var hierarchy in MountTable.Read().Mounts.Where(m => m.FileSystem is "cgroup" or "cgroup2"))
        {
            if (System.IO.Directory.Exists($"{hierarchy.MountPoint}/{Mark}"))
            {
                System.IO.Directory.Delete($"{hierarchy.MountPoint}/{Mark}");
            }
        }

        var traces = HostTraces.Of(Mark);
        if (traces.Count > 0)
        {
            throw new InvalidOperationException("Left on the host:\n" + string.Join('\n', traces));
        }

        System.IO.Directory.Delete(Directory, recursive: true);
        var locks = "/run/lxc/lock" + Directory;
        if (System.IO.Directory.Exists(locks))
        {
            System.IO.Directory.Delete(locks, recursive: true);
        }
    }

    /// <summary>A new container's spec; each has its own ids.</summary>
    public RunSpec Spec(string? image = null, Limits? limits = null, IReadOnlyDictionary<string, string>? config = null, bool network = true)
    {
        var number = Interlocked.Increment(ref _number);
        var name = $"c{number}";
        var directory = $"{Directory}/{name}";
        var ids = FirstId + ((uint)number * ContainerRoot.IdCount);
        foreach (var part in (ReadOnlySpan<string>)["", "run", "state", "log"])
        {
            System.IO.Directory.CreateDirectory($"{directory}/{part}", Traversable);
        }

        return new()
        {
            Id = new(InstanceId.DefaultProject, name),
            Uuid = Guid.NewGuid(),
            RuntimeDirectory = $"{directory}/run",
            StateDirectory = $"{directory}/state",
            LogDirectory = $"{directory}/log",
            Cgroup = $"{Mark}/{name}",
            Limits = limits ?? Limits.None,
            Config = (config ?? ImmutableDictionary<string, string>.Empty).ToImmutableSortedDictionary(),
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add("FROM_CONFIG", "yes, it is"),
            Nics = network ? [new NicSpec("eth0", "eth0", $"{Mark}v{number}", $"02:00:00:00:{number >> 8:x2}:{number & 255:x2}", Bridge)] : [],
            Root = new(ids, _ => Task.FromResult(Mount(image ?? Busybox, directory, ids))),
        };
    }

    public Task<IRunningInstance> StartAsync(RunSpec spec) => Engine.StartAsync(spec, TestContext.Current.CancellationToken);

    private static SafeFileHandle Mount(string image, string directory, uint ids)
    {
        var layers = new OverlayLayers(image, $"{directory}/upper", $"{directory}/work");
        var map = new IdMap(ids);
        OverlayRoot.Prepare(layers, map);
        using var user = UserNamespaceFd.Create(map);
        return OverlayRoot.Create(layers, user);
    }
}
