namespace Berth.Lxc;

/// <summary>Starts a container. liblxc forks its monitor from this small process, so that it does not carry the daemon's memory.</summary>
internal static class StartCall
{
    public static int Run(string lxcPath, string name, string config, string pidFile)
    {
        using var container = new LxcContainer(name, lxcPath);
        if (!container.LoadConfig(config))
        {
            StandardStreams.Say(2, $"liblxc refuses {config}");
            return 2;
        }

        return container.Start(pidFile) ? 0 : 1;
    }
}
