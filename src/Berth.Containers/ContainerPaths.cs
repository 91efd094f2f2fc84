using Berth.Core.Instances;

namespace Berth.Containers;

/// <summary>Where the parts of one running container are.</summary>
internal sealed record ContainerPaths(string RuntimeDirectory, string LogDirectory, string Name)
{
    /// <summary>Below the instance's cgroup, which carries the limits and outlives a reboot from inside.</summary>
    public const string PayloadCgroup = "payload";
    public const string MonitorCgroup = "monitor";

    /// <summary>Below the payload's: where commands enter. On v2 a group whose own groups have controllers takes no process itself.</summary>
    public const string ExecCgroup = ".berth";
    public const string PivotCgroup = "pivot";

    public static ContainerPaths Of(RunSpec spec) => new(spec.RuntimeDirectory, spec.LogDirectory, spec.Id.Name);

    /// <summary>Mount point of the root on the host.</summary>
    public string RootFs => Path.Combine(RuntimeDirectory, "rootfs");

    /// <summary>liblxc's directory of containers: this one alone, so that names of two daemons never meet.</summary>
    public string LxcPath => Path.Combine(RuntimeDirectory, "lxc");

    /// <summary>Where the mounts of devices wait for liblxc.</summary>
    public string Devices => Path.Combine(RuntimeDirectory, "devices");

    /// <summary>What is mounted of devices, as fstab(5). liblxc reads it at each boot, so it knows what came and went since the start.</summary>
    public string Mounts => Path.Combine(RuntimeDirectory, "fstab");

    /// <summary>Interfaces of the host that it has.</summary>
    public string LentLinks => Path.Combine(RuntimeDirectory, "lent.json");

    /// <summary>Where its network namespace is held while it has some.</summary>
    public string Network => Path.Combine(RuntimeDirectory, "network");

    public string Config => Path.Combine(RuntimeDirectory, "lxc.conf");

    public string Seccomp => Path.Combine(RuntimeDirectory, "seccomp");

    /// <summary>Files for the systemd inside.</summary>
    public string Credentials => Path.Combine(RuntimeDirectory, "credentials");

    public string MonitorPid => Path.Combine(RuntimeDirectory, "monitor.pid");

    public string State => Path.Combine(RuntimeDirectory, "container.json");

    public string LxcLog => Path.Combine(LogDirectory, "lxc.log");

    public string ConsoleLog => Path.Combine(LogDirectory, "console.log");
}
