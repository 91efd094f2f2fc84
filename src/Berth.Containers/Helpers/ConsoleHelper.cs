using Berth.Containers.Lxc;

namespace Berth.Containers.Helpers;

/// <summary>
/// Gets the container's console from its monitor, says which descriptor it is (the daemon takes it from here), and holds the
/// connection until the daemon closes our stdin.
/// </summary>
internal static class ConsoleHelper
{
    public static int Run(string lxcPath, string name)
    {
        using var container = new LxcContainer(name, lxcPath);
        if (container.Console() is not { } console)
        {
            return 1;
        }

        Console.Out.WriteLine(console.Master);
        Console.Out.Flush();
        while (Console.In.Read() >= 0)
        {
        }

        return 0;
    }
}
