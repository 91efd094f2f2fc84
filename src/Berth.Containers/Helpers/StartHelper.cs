using Berth.Containers.Lxc;
using Berth.Linux.Processes;

namespace Berth.Containers.Helpers;

/// <summary>Starts a container. liblxc forks the monitor from this small process, so that it does not carry the daemon's memory.</summary>
internal static class StartHelper
{
    public static int Run(string lxcPath, string name, string config, string pidFile)
    {
        Signals.RestoreDefaults();
        using var container = new LxcContainer(name, lxcPath);
        if (!container.LoadConfig(config))
        {
            Console.Error.WriteLine($"liblxc refuses {config}");
            return 2;
        }

        return container.Start(pidFile) ? 0 : 1;
    }
}
