using Berth.Containers;
using Berth.Daemon;
using Berth.Daemon.Endpoints;

// The same binary, started again by the daemon, is what talks to liblxc: nothing else may run before that.
if (ContainerHelpers.TryRun(args, out var exitCode))
{
    return exitCode;
}

switch (args)
{
    case ["--version"]:
        Console.WriteLine($"berthd {ServerFacts.Version}");
        return 0;
    case ["--help" or "-h"]:
        Console.WriteLine(DaemonOptions.Usage);
        return 0;
}

try
{
    return await BerthDaemon.RunAsync(DaemonOptions.Parse(args));
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
catch (Berth.Core.BerthException e)
{
    await Console.Error.WriteLineAsync($"berthd: {e.Message}");
    return 1;
}
