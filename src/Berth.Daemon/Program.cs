using Berth.Daemon;
using Berth.Daemon.Endpoints;

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
