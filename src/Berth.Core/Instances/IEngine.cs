namespace Berth.Core.Instances;

/// <summary>Runs instances of one kind. Called off the API's path, always with a deadline.</summary>
public interface IEngine
{
    InstanceKind Kind { get; }

    /// <summary>
    /// Starts an instance. Returns when its init runs (container) or its CPUs run (machine). On failure or cancellation
    /// everything that was made is released, and the error says why (with the tail of the engine's log).
    /// </summary>
    Task<IRunningInstance> StartAsync(RunSpec spec, CancellationToken cancel);

    /// <summary>Finds an instance that an earlier daemon started. Null when it does not run; its leftovers are then released.</summary>
    Task<IRunningInstance?> AdoptAsync(RunSpec spec, CancellationToken cancel);

    /// <summary>The files of an instance that does not run; dispose to let its root go.</summary>
    /// <exception cref="BerthException">Conflict where this kind's files can be reached only while it runs.</exception>
    Task<IStoppedFiles> OpenStoppedFilesAsync(RunSpec spec, CancellationToken cancel);
}

/// <summary>Why an instance ended.</summary>
public enum StopReason
{
    /// <summary>Powered off from inside, or stopped on request.</summary>
    Stopped,

    /// <summary>The container's init asked for a reboot: the caller starts it again. (A machine reboots inside its QEMU.)</summary>
    Reboot,

    /// <summary>Killed or crashed.</summary>
    Crashed,

    /// <summary>The kernel killed its init, or its QEMU, because its memory was used up.</summary>
    OutOfMemory,
}

/// <summary>The live side of an instance. Every member is safe to call at any time from any thread.</summary>
public interface IRunningInstance : IAsyncDisposable
{
    /// <summary>Host process id of the container's init, or of QEMU.</summary>
    int Pid { get; }

    /// <summary>Completes once, when nothing of the instance runs any more and its host resources (cgroup, taps, mounts) are released.</summary>
    Task<StopReason> Exited { get; }

    bool Frozen { get; }

    /// <summary>The guest rebooted by itself and runs on under the same holder.</summary>
    event Action? Rebooted;

    /// <summary>What runs the guest's instructions, and why: <c>kvm</c>, or <c>tcg</c> with the reason. Empty for containers.</summary>
    string Accelerator { get; }

    /// <summary>
    /// Asks the guest to power off, and again where it may have missed that. Returns when it need not be asked any more;
    /// <see cref="Exited"/> tells when it is done.
    /// </summary>
    Task ShutdownAsync(CancellationToken cancel);

    /// <summary>Ends it at once; returns when it is gone. Works on a frozen or hung instance.</summary>
    Task KillAsync(CancellationToken cancel);

    Task FreezeAsync(CancellationToken cancel);

    Task ThawAsync(CancellationToken cancel);

    /// <exception cref="BerthException">NotFound/BadRequest when the command cannot be started (exit 126/127 as the shell's where the guest tells).</exception>
    Task<IExecProcess> ExecAsync(ExecSpec spec, CancellationToken cancel);

    /// <summary>Attaches to the console. One reader at a time gets live output; a second attach takes over.</summary>
    Task<IConsole> OpenConsoleAsync(CancellationToken cancel);

    /// <summary>What the console printed, oldest first, bounded (≤ 1 MiB).</summary>
    Task<byte[]> ReadConsoleLogAsync(CancellationToken cancel);

    /// <summary>The guest's files; containers: its root as the init sees it.</summary>
    IInstanceFiles Files { get; }

    /// <summary>Present use. Never blocks on the guest for longer than a second: what the guest does not tell is left null.</summary>
    Task<InstanceUsage> GetUsageAsync(CancellationToken cancel);

    /// <summary>What the kernel counts. Never blocks on the guest.</summary>
    InstanceFigures GetFigures() => InstanceFigures.None;

    /// <summary>Of a container; null for machines, which have none on the host.</summary>
    IInstanceNamespaces? Namespaces => null;

    /// <summary>Plugs a device in. When it fails, nothing of it is there.</summary>
    /// <exception cref="BerthException">Unsupported, Conflict or BadRequest with the reason.</exception>
    Task AttachAsync(Devices.DevicePart part, CancellationToken cancel);

    /// <summary>Takes a device out; returns when the instance has let go of it. One that is not there is fine.</summary>
    /// <exception cref="BerthException">Conflict: the guest does not let go of it; it is still there.</exception>
    Task DetachAsync(Devices.DevicePart part, CancellationToken cancel);

    /// <summary>Gives a device that is there its changed limits.</summary>
    /// <exception cref="BerthException">Unsupported: this host or kind cannot; the limits before hold.</exception>
    Task UpdateAsync(Devices.DevicePart part, CancellationToken cancel);

    /// <summary>Applies changed limits live.</summary>
    /// <exception cref="BerthException">Conflict when this kind cannot change it live; nothing has been changed then.</exception>
    Task ApplyLimitsAsync(Resources.Limits limits, CancellationToken cancel);
}
