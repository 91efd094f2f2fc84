using System.Diagnostics;
using System.Runtime.InteropServices;
using Berth.Core;
using Berth.Core.Devices;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Cgroups;
using Berth.Linux.Files;
using Berth.Linux.Processes;
using Berth.Machines.Acceleration;
using Berth.Machines.CommandLine;
using Berth.Machines.Console;
using Berth.Machines.Firmware;
using Berth.Machines.Process;
using Berth.Machines.Sockets;
using Microsoft.Extensions.Logging;

namespace Berth.Machines;

/// <summary>Runs virtual machines: one QEMU process each, which outlives the daemon.</summary>
public sealed class MachineEngine(CgroupHost cgroups, ILogger<MachineEngine> logger) : IEngine
{
    private const int FirstTapFd = 6;

    public InstanceKind Kind => InstanceKind.Machine;

    /// <summary>Connects to the guest API in the name of a machine; null: machines do not get it.</summary>
    public Func<InstanceId, CancellationToken, Task<Stream>>? GuestApi { get; init; }

    /// <summary>QEMU's version as it says it, for example 7.2.22; empty where it is not installed.</summary>
    public static async Task<string> FindVersionAsync(CancellationToken cancel)
    {
        try
        {
            var said = (await Spawner.RunAsync([QemuBinary.Find(), "--version"], new CommandOptions { Timeout = TimeSpan.FromSeconds(10) }, cancel)).Stdout;
            return said.Split(' ').SkipWhile(word => word != "version").Skip(1).FirstOrDefault("");
        }
        catch (Exception e) when (e is BerthException or LinuxException or CommandException)
        {
            return "";
        }
    }

    /// <inheritdoc/>
    public async Task<IRunningInstance> StartAsync(RunSpec spec, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var boot = spec.Boot ?? throw BerthException.Internal($"Machine {spec.Id}: the specification has nothing to boot.");
        MachineConfig.Check(spec);
        var accelerator = AcceleratorProbe.Choose(spec.Config.GetValueOrDefault(AcceleratorProbe.ConfigKey));
        var (cpus, memory) = (MachineSizes.Cpus(spec.Limits), MachineSizes.Memory(spec.Limits));
        var paths = MachinePaths.Of(spec);
        var cgroup = cgroups.Group(spec.Cgroup);
        ChildProcess? child = null;
        MachineInstance? machine = null;
        await ClearAsync(spec, cgroup, cancel);
        try
        {
            cgroup.Create();
            MachineLimits.Apply(cgroup, spec.Limits);
            cgroup.SetMemoryMax(MachineSizes.Ceiling(memory, accelerator.Kvm));
            PrepareFiles(boot, paths);
            if (ConfigCatalogue.IsTrue(spec.Config.GetValueOrDefault("limits.memory.hugepages")))
            {
                MachineFiles.CheckHugePages(spec, memory);
            }
            child = await SpawnAsync(spec, boot, paths, accelerator, cpus, memory, cancel);
            cgroup.AddProcess(child.Pid);
            OomScore.Apply(cgroup, spec.Limits.OomPriority ?? 0);
            machine = new MachineInstance(spec, paths, cgroup, PidFd.Open(child.Pid), accelerator, cpus, memory, logger) { GuestApi = GuestApi };
            await machine.ConnectAsync(cancel);
            await machine.ThrottleAllAsync(cancel);
            await machine.ContinueAsync(cancel);
            LogMessages.Started(logger, spec.Id.ToString(), child.Pid, accelerator.Name, accelerator.Reason, clock.ElapsedMilliseconds);
            return machine;
        }
        catch (Exception e)
        {
            child?.Kill();
            await ReleaseAsync(machine, cgroup, paths);
            if (e is OperationCanceledException or BerthException)
            {
                throw;
            }
            throw Failed(spec, paths, e);
        }
    }

    /// <summary>A machine's disk is the guest's: its files are reached through the agent, while it runs.</summary>
    /// <exception cref="BerthException">Conflict, always.</exception>
    public Task<IStoppedFiles> OpenStoppedFilesAsync(RunSpec spec, CancellationToken cancel) =>
        throw BerthException.Conflict($"The files of the virtual machine {spec.Id} can be reached only while it runs; start it with: berth start {spec.Id.Name}");

    /// <inheritdoc/>
    public async Task<IRunningInstance?> AdoptAsync(RunSpec spec, CancellationToken cancel)
    {
        var paths = MachinePaths.Of(spec);
        var cgroup = cgroups.Group(spec.Cgroup);
        if (QemuProcess.Find(spec.Uuid, cgroup) is not { } qemu)
        {
            await ReleaseAsync(null, cgroup, paths);
            return null;
        }
        var accelerator = new Accelerator(qemu.Kvm, "as it was started");
        var machine = new MachineInstance(spec, paths, cgroup, qemu.PidFd, accelerator, qemu.Cpus, qemu.Memory, logger) { GuestApi = GuestApi };
        try
        {
            await machine.ConnectAsync(cancel);
            if (await machine.WasNeverContinuedAsync(cancel))
            {
                throw new InvalidOperationException("The daemon that started it died before its CPUs ran.");
            }
            LogMessages.Adopted(logger, spec.Id.ToString(), machine.Pid);
            return machine;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Nobody could ever control it again: the disk may be used by one QEMU only.
            LogMessages.Degraded(logger, spec.Id.ToString(), "Taking the process over", "it is ended", e);
            qemu.PidFd.Send(Signal.SIGKILL);
            await ReleaseAsync(machine, cgroup, paths);
            return null;
        }
    }

    // What an interrupted start left is ended; a machine that runs is not started twice on one disk.
    private static async Task ClearAsync(RunSpec spec, Cgroup cgroup, CancellationToken cancel)
    {
        using var running = QemuProcess.Find(spec.Uuid, cgroup);
        if (running is not null)
        {
            throw BerthException.Conflict($"Machine {spec.Id} runs already, as process {running.PidFd.Pid}.");
        }
        await cgroup.RemoveAsync(cancel);
    }

    private static void PrepareFiles(MachineBoot boot, MachinePaths paths)
    {
        new ConsoleLog(paths.ConsoleLog).Prepare(boot.Uid);
        FileOperations.SetOwner(boot.Disk, boot.Uid, boot.Uid);
    }

    private static async Task<ChildProcess> SpawnAsync(
        RunSpec spec, MachineBoot boot, MachinePaths paths, Accelerator accelerator, int cpus, long memory, CancellationToken cancel)
    {
        using var taps = await Taps.OpenAsync(spec.Nics, cancel);
        using var qmp = UnixSockets.Listen(paths.QmpSocket);
        using var console = UnixSockets.Listen(paths.ConsoleSocket);
        using var agent = UnixSockets.Listen(paths.AgentSocket);
        using var log = Fd.Open(paths.QemuLog, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append | OpenFlags.Truncate, 0x180); // 0600
        using var files = new HandedFiles(FirstTapFd + taps.Handles.Count);
        var drives = await OpenDrivesAsync(spec, files, cancel);
        var boots = BootOrder.Of(spec.Devices);
        var launch = new MachineLaunch
        {
            Name = spec.Id.Key,
            Uuid = spec.Uuid,
            Kvm = accelerator.Kvm,
            Cpus = cpus,
            Memory = memory,
            Disk = DiskChain.Read(boot.Disk, boot.DiskFormat, files.Add),
            Drives = [.. Drives(drives, boots)],
            RootBootIndex = boots.GetValueOrDefault(spec.Devices.OfType<RootPart>().FirstOrDefault()?.Device ?? "", 1),
            Direct = Direct(spec.Id, boot, files),
            Uefi = boot.Kernel is null ? Uefi(spec, boot, files) : null,
            Topology = spec.Limits.Topology,
            HugePages = ConfigCatalogue.IsTrue(spec.Config.GetValueOrDefault("limits.memory.hugepages")),
            Iommu = ConfigCatalogue.IsTrue(spec.Config.GetValueOrDefault("security.iommu")),
            Seed = MachineFiles.WriteSeed(spec, paths) is { } seed ? files.Add(seed) : null,
            Smbios = [.. MachineFiles.WriteSmbios(spec, paths).Select(files.Add)],
            Raw = [.. RawQemu.Parse(spec.Config.GetValueOrDefault("raw.qemu", ""))],
            Nics = [.. spec.Nics.Select((nic, i) => new MachineNic(nic, FirstTapFd + i))],
            QmpFd = 3,
            ConsoleFd = 4,
            AgentFd = 5,
            ConsoleLog = files.Add(paths.ConsoleLog),
        };
        var fds = new Dictionary<int, SafeHandle> { [1] = log, [2] = log, [3] = qmp.SafeHandle, [4] = console.SafeHandle, [5] = agent.SafeHandle };
        for (var i = 0; i < taps.Handles.Count; i++)
        {
            fds[FirstTapFd + i] = taps.Handles[i];
        }
        foreach (var (fd, handle) in files.Fds)
        {
            fds[fd] = handle;
        }
        return Spawner.Start(new SpawnOptions
        {
            Argv = Jail.Wrap(QemuBinary.Find(), QemuArguments.Build(launch), boot.Uid, accelerator.Kvm),
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C" },
            WorkingDirectory = "/",
            NewSession = true,
            Fds = fds,
        });
    }

    private static async Task<List<(DrivePart Part, OpenedDrive Opened, int Fd)>> OpenDrivesAsync(RunSpec spec, HandedFiles files, CancellationToken cancel)
    {
        List<(DrivePart, OpenedDrive, int)> opened = [];
        foreach (var part in spec.Devices.OfType<DrivePart>())
        {
            if (await part.OpenAsync(cancel) is { } drive)
            {
                opened.Add((part, drive, files.Add(drive.File)));
            }
        }
        var onPorts = opened.Count(d => !d.Item1.CdRom && d.Item1.Bus != DriveBus.Scsi);
        return onPorts <= PciPorts.Disks
            ? opened
            : throw BerthException.BadRequest($"Machine {spec.Id} has {onPorts} disks on virtio-blk and nvme; the most is {PciPorts.Disks}. Put the others on io.bus=virtio-scsi");
    }

    private static IEnumerable<MachineDrive> Drives(
        List<(DrivePart Part, OpenedDrive Opened, int Fd)> drives, Dictionary<string, int> boots) =>
        drives.Select((d, i) => new MachineDrive(new(d.Part, i + 1, d.Opened.IsBlockDevice, d.Opened.Direct), d.Fd, boots[d.Part.Device]));

    private static DirectBoot? Direct(InstanceId id, MachineBoot boot, HandedFiles files) => boot.Kernel is null
        ? null
        : new DirectBoot(files.Add(boot.Kernel), boot.Initrd is null ? null : files.Add(boot.Initrd),
            $"{boot.CommandLine} systemd.hostname={id.Name}");

    private static FirmwareFiles? Uefi(RunSpec spec, MachineBoot boot, HandedFiles handed)
    {
        if (MachineConfig.UsesBios(spec.Config))
        {
            return null;
        }
        var renew = ConfigCatalogue.IsTrue(spec.Config.GetValueOrDefault("volatile.apply_nvram"));
        var files = FirmwareFiles.Find(MachineConfig.IsSecure(spec.Config)).ForMachine(spec.StateDirectory, renew);
        FileOperations.SetOwner(files.Variables, boot.Uid, boot.Uid);
        return files with { Variables = handed.Add(files.Variables) };
    }

    private static BerthException Failed(RunSpec spec, MachinePaths paths, Exception e)
    {
        var log = QemuLog.ReadTail(paths.QemuLog);
        return BerthException.Internal(
            $"Machine {spec.Id} did not start: {e.Message}" + (log.Length == 0 ? "" : $" QEMU says: {log}"), e);
    }

    private async Task ReleaseAsync(MachineInstance? machine, Cgroup cgroup, MachinePaths paths)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            if (machine is not null)
            {
                await machine.Exited.WaitAsync(deadline.Token);
                await machine.DisposeAsync();
                return;
            }
            await cgroup.RemoveAsync(deadline.Token);
            paths.RemoveSockets();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            LogMessages.Degraded(logger, cgroup.Path, "Releasing the machine's cgroup", "the next start tries again", e);
        }
    }
}
