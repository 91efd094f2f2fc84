using System.Globalization;

namespace Berth.Lxc;

/// <summary>
/// Gets the container's console from its monitor, says which descriptor it is (the daemon takes it from here), and holds the
/// connection until the daemon closes our stdin.
/// </summary>
internal static class ConsoleCall
{
    public static int Run(string lxcPath, string name)
    {
        using var container = new LxcContainer(name, lxcPath);
        if (container.Console() is not { } console)
        {
            return 1;
        }

        StandardStreams.Say(1, console.Master.ToString(CultureInfo.InvariantCulture));
        _ = StandardStreams.ReadAll(0);
        return 0;
    }
}
