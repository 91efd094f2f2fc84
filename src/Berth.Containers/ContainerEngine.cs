using System.Globalization;
using Berth.Containers.Devices;
using Berth.Containers.Lxc;
using Berth.Containers.Running;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Resources;
using Berth.Linux.Cgroups;
using Berth.Linux.Mounts;
using Berth.Linux.Processes;
using Microsoft.Extensions.Logging;

namespace Berth.Containers;

/// <summary>Runs system containers on liblxc: unprivileged, each with its own id range, its root mounted by Berth.</summary>
public sealed partial class ContainerEngine(LxcProgram program, ILogger<ContainerEngine> log) : IEngine
{
    private const UnixFileMode Traversable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly CgroupHost _cgroups = CgroupHost.Detect();
    private readonly CpuPlacement _placement = new(HostCapacity.Present.Cpus);

    public InstanceKind Kind => InstanceKind.Container;

    public async Task<IRunningInstance> StartAsync(RunSpec spec, CancellationToken cancel)
    {
        var paths = ContainerPaths.Of(spec);
        var cgroup = _cgroups.Group(spec.Cgroup);
        var limits = new ContainerLimits(cgroup, _placement);
        await ClearAsync(spec, paths, cgroup);
        try
        {
            await ContainerFiles.LoadModulesAsync(spec, cancel);
            MakeDirectories(paths);
            var mounts = await Staging.StageAsync(spec, paths, cancel);
            WriteFiles(spec, paths, mounts);
            await LentLinks.NoteAsync(paths, spec.Id, spec.Nics, cancel);
            await MountRootAsync(spec, paths, cancel);
            await Task.Run(() => ContainerFiles.WriteSeed(spec, paths), cancel);
            cgroup.Create();
            limits.Apply(spec.Limits);
            var devices = new ContainerDevices(spec, paths, cgroup, log);
            devices.ApplyLimits();
            var result = await program.RunAsync(cancel, LxcCalls.Start, paths.LxcPath, paths.Name, paths.Config, paths.MonitorPid);
            if (!result.Status.Success)
            {
                throw BerthException.Internal($"The container {spec.Id} did not start: {Reason(paths, result)}");
            }

            var monitor = int.Parse(await File.ReadAllTextAsync(paths.MonitorPid, cancel), CultureInfo.InvariantCulture);
            var state = new ContainerState(monitor, ContainerState.StartTime(monitor), spec.Root!.IdBase);
            state.Write(paths.State);
            var running = await TryOpenAsync(spec, paths, cgroup, limits, devices, state, cancel)
                ?? throw BerthException.Internal($"The container {spec.Id} ended at once: {Reason(paths, result)}");
            await RequireDevicesAsync(running, spec, mounts);
            return running;
        }
        catch
        {
            limits.Dispose();
            await Leftovers.ReleaseAsync(paths, cgroup);
            throw;
        }
    }

    public async Task<IRunningInstance?> AdoptAsync(RunSpec spec, CancellationToken cancel)
    {
        var paths = ContainerPaths.Of(spec);
        var cgroup = _cgroups.Group(spec.Cgroup);
        var limits = new ContainerLimits(cgroup, _placement);
        var devices = new ContainerDevices(spec, paths, cgroup, log);
        if (ContainerState.Read(paths.State) is { } state && await TryOpenAsync(spec, paths, cgroup, limits, devices, state, cancel) is { } running)
        {
            ApplyAgain(spec, limits, devices);
            return running;
        }

        limits.Dispose();
        await Leftovers.ReleaseAsync(paths, cgroup);
        return null;
    }

    public async Task<IStoppedFiles> OpenStoppedFilesAsync(RunSpec spec, CancellationToken cancel) =>
        new StoppedRoot(await spec.Root!.MountAsync(cancel), spec.Root.IdBase);

    /// <summary>Releases what an earlier run could not.</summary>
    private static async Task ClearAsync(RunSpec spec, ContainerPaths paths, Cgroup cgroup)
    {
        if (ContainerState.Read(paths.State)?.OpenMonitor(spec.Cgroup) is { } monitor)
        {
            monitor.Dispose();
            throw BerthException.Conflict($"The container {spec.Id} is running already");
        }

        if (Directory.Exists(paths.RootFs))
        {
            await Leftovers.ReleaseAsync(paths, cgroup);
        }
    }

    /// <summary>A container is not lost because it has outgrown a limit that was lowered while nobody looked after it.</summary>
    private void ApplyAgain(RunSpec spec, ContainerLimits limits, ContainerDevices devices)
    {
        try
        {
            limits.Apply(spec.Limits);
            devices.ApplyLimits();
        }
        catch (BerthException e)
        {
            LogLimits(spec.Id, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Container {Instance} keeps the limits that it had: {Reason}")]
    private partial void LogLimits(InstanceId instance, string reason);

    /// <summary>Null: it does not run.</summary>
    private async Task<RunningContainer?> TryOpenAsync(
        RunSpec spec, ContainerPaths paths, Cgroup cgroup, ContainerLimits limits, ContainerDevices devices, ContainerState state, CancellationToken cancel)
    {
        if (state.OpenMonitor(spec.Cgroup) is not { } monitor)
        {
            return null;
        }

        if (await InitFinder.WaitAsync(monitor, cancel) is { } init)
        {
            return new(spec, paths, cgroup, limits, devices, program, monitor, init, log);
        }

        monitor.Dispose();
        return null;
    }

    /// <summary>liblxc leaves out what it cannot mount: then the start has failed after all.</summary>
    private static async Task RequireDevicesAsync(RunningContainer running, RunSpec spec, IReadOnlyList<StagedMount> mounts)
    {
        try
        {
            running.HoldLentLinks();
            Staging.RequireMounted(spec.Id, running.Pid, mounts);
        }
        catch
        {
            await running.KillAsync(CancellationToken.None);
            await running.DisposeAsync();
            throw;
        }
    }

    private static void MakeDirectories(ContainerPaths paths)
    {
        Directory.CreateDirectory(paths.RuntimeDirectory, Traversable);
        Directory.CreateDirectory(paths.RootFs, Traversable);
        Directory.CreateDirectory(paths.LxcPath, Traversable);
        Directory.CreateDirectory(Path.Combine(paths.LxcPath, paths.Name), Traversable);
        Directory.CreateDirectory(paths.Devices, Traversable);
    }

    private static void WriteFiles(RunSpec spec, ContainerPaths paths, IReadOnlyList<StagedMount> mounts)
    {
        File.Delete(paths.LxcLog);
        ContainerFiles.WriteCredentials(spec, paths);
        File.WriteAllText(paths.Seccomp, SeccompPolicy.Write(spec.Config));
        File.WriteAllText(paths.Config, LxcConfig.Write(spec, paths, HostFeatures.Detect()));
        Staging.WriteTable(paths, mounts);
    }

    private static async Task MountRootAsync(RunSpec spec, ContainerPaths paths, CancellationToken cancel)
    {
        using var root = await spec.Root!.MountAsync(cancel);
        MountApi.Move(root, paths.RootFs);
    }

    /// <summary>What liblxc said, shortened to what a person can use.</summary>
    private static string Reason(ContainerPaths paths, CommandResult result)
    {
        var lines = File.Exists(paths.LxcLog)
            ? File.ReadLines(paths.LxcLog).Where(l => l.Contains(" ERROR ", StringComparison.Ordinal)).Select(l => l[(l.LastIndexOf(" - ", StringComparison.Ordinal) + 3)..])
            : [];
        var said = string.Join("; ", lines.Take(4).Append(result.Stderr.Trim()).Where(l => l.Length > 0));
        return said.Length > 0 ? said : result.Status.ToString();
    }
}
