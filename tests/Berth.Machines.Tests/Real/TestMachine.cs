using System.Collections.Immutable;
using Berth.Core.Instances;
using Berth.Core.Resources;
using Berth.Linux.Cgroups;
using Berth.Linux.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Machines.Tests.Real;

/// <summary>A machine on an overlay of the test image, with directories and a cgroup of its own. Disposing leaves nothing.</summary>
internal sealed class TestMachine : IAsyncDisposable
{
    private TestMachine(string directory, RunSpec spec, CgroupHost cgroups)
    {
        Directory = directory;
        Spec = spec;
        Cgroups = cgroups;
        Engine = NewEngine();
    }

    public string Directory { get; }

    public RunSpec Spec { get; }

    public CgroupHost Cgroups { get; }

    public MachineEngine Engine { get; }

    public MachineInstance? Instance { get; private set; }

    public static async Task<TestMachine> CreateAsync(GuestImage image, CancellationToken cancel, Func<RunSpec, RunSpec>? change = null)
    {
        await image.EnsureAsync();
        var directory = System.IO.Directory.CreateTempSubdirectory("berth-vm-").FullName;
        foreach (var part in new[] { "run", "state", "log" })
        {
            System.IO.Directory.CreateDirectory(Path.Combine(directory, part), (UnixFileMode)Convert.ToInt32("700", 8));
        }
        var disk = Path.Combine(directory, "root.qcow2");
        await Spawner.RunCheckedAsync(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", image.Disk, disk], null, cancel);
        var spec = new RunSpec
        {
            Id = new InstanceId(InstanceId.DefaultProject, "vm1"),
            Uuid = Guid.NewGuid(),
            RuntimeDirectory = Path.Combine(directory, "run"),
            StateDirectory = Path.Combine(directory, "state"),
            LogDirectory = Path.Combine(directory, "log"),
            Cgroup = "berth-test-" + Guid.NewGuid().ToString("N")[..8] + "/vm1",
            Limits = new Limits { Memory = 512L << 20 },
            Config = ImmutableSortedDictionary<string, string>.Empty,
            Boot = new MachineBoot
            {
                Disk = disk,
                DiskFormat = "qcow2",
                Kernel = image.Kernel,
                Initrd = image.Initrd,
                CommandLine = "root=/dev/vda rw console=ttyS0 quiet",
                Uid = 1_500_000,
            },
        };
        return new TestMachine(directory, change?.Invoke(spec) ?? spec, CgroupHost.Detect());
    }

    public MachineEngine NewEngine() => new(Cgroups, NullLogger<MachineEngine>.Instance);

    public async Task<MachineInstance> StartAsync(CancellationToken cancel) =>
        Instance = (MachineInstance)await Engine.StartAsync(Spec, cancel);

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        if (Instance is not null && await NewEngine().AdoptAsync(Spec, deadline.Token) is { } running)
        {
            await running.KillAsync(deadline.Token);
            await running.DisposeAsync();
        }
        if (Instance is not null)
        {
            await Instance.DisposeAsync();
        }
        await Cgroups.Group(Spec.Cgroup.Split('/')[0]).RemoveAsync(deadline.Token);
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
