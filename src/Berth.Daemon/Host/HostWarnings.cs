using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Core.Storage;
using Berth.Core.Warnings;
using Berth.Linux.Cgroups;

namespace Berth.Daemon.Host;

/// <summary>What is wrong with the host at start-up, as warnings; what is right again resolves them.</summary>
internal sealed class HostWarnings(WarningService warnings, PoolService pools, NetworkService networks)
{
    /// <param name="cgroups">The host's control groups.</param>
    /// <param name="lxcVersion">Empty: liblxc is not there.</param>
    /// <param name="qemuVersion">Empty: QEMU is not there.</param>
    public void Check(CgroupHost cgroups, string lxcVersion, string qemuVersion)
    {
        foreach (var (controller, name) in new[] { ("cpu", "CPU"), ("cpuset", "CPUset"), ("memory", "memory"), ("pids", "pids") })
        {
            Set(WarningKind.MissingController(name), "", cgroups.Find(controller) is null
                ? $"The kernel or the host's cgroup mounts lack the controller \"{controller}\": limits that need it are refused"
                : null);
        }

        Set(WarningKind.InstanceTypeNotOperational, "/1.0/instances?instance-type=container", lxcVersion.Length > 0 ? null : "liblxc was not found: containers cannot be started; install liblxc1 (or lxc)");
        Set(WarningKind.InstanceTypeNotOperational, "/1.0/instances?instance-type=virtual-machine", qemuVersion.Length > 0 ? null : "QEMU was not found: machines cannot be started; install qemu-system-x86");
        foreach (var pool in pools.List())
        {
            Set(WarningKind.PoolUnavailable, $"/1.0/storage-pools/{pool.Name}", ProblemOf(pool));
        }

        foreach (var network in networks.List())
        {
            Set(WarningKind.NetworkUnavailable, $"/1.0/networks/{network.Name}", networks.ProblemOf(network.Name));
        }

        ForgetGone();
    }

    /// <summary>What a warning was about may have been deleted since.</summary>
    private void ForgetGone()
    {
        var present = pools.List().Select(p => $"/1.0/storage-pools/{p.Name}").Concat(networks.List().Select(n => $"/1.0/networks/{n.Name}")).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in warnings.List().Where(w =>
            (w.Type == WarningKind.PoolUnavailable.Text || w.Type == WarningKind.NetworkUnavailable.Text) && !present.Contains(w.EntityUrl)))
        {
            warnings.Delete(gone.Id.ToString());
        }
    }

    /// <summary>An instance that should start with the host did, or did not.</summary>
    /// <param name="problem">Null: it did.</param>
    public void Autostarted(InstanceId instance, string? problem) =>
        Set(WarningKind.AutostartFailed, $"/1.0/instances/{instance.Name}", problem, instance.Project);

    private string? ProblemOf(PoolRecord pool)
    {
        try
        {
            pools.Get(pool.Name);
            return null;
        }
        catch (BerthException e)
        {
            return e.Message;
        }
    }

    private void Set(WarningKind kind, string entity, string? problem, string project = "")
    {
        if (problem is null)
        {
            warnings.Resolve(kind, project, entity);
        }
        else
        {
            warnings.Raise(kind, project, entity, problem);
        }
    }
}
