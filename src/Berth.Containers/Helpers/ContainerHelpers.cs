namespace Berth.Containers;

/// <summary>
/// What runs in a process of its own because it talks to liblxc: the daemon starts its own binary again with one of these
/// words. Main calls this before anything else.
/// </summary>
public static class ContainerHelpers
{
    internal const string Start = "__container-start";
    internal const string Exec = "__container-exec";
    internal const string Console = "__container-console";

    /// <summary>Runs a helper if <paramref name="args"/> ask for one.</summary>
    public static bool TryRun(string[] args, out int exitCode)
    {
        exitCode = 0;
        switch (args)
        {
            case [Start, var lxcPath, var name, var config, var pidFile]:
                exitCode = Helpers.StartHelper.Run(lxcPath, name, config, pidFile);
                return true;
            case [Exec, var lxcPath, var name, var uid, var gid, var directory, .. var command] when command.Length > 0:
                exitCode = Helpers.ExecHelper.Run(lxcPath, name, uint.Parse(uid, null), uint.Parse(gid, null), directory, command);
                return true;
            case [Console, var lxcPath, var name]:
                exitCode = Helpers.ConsoleHelper.Run(lxcPath, name);
                return true;
            default:
                return false;
        }
    }
}
