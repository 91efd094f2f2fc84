using Berth.Containers;
using Berth.Linux.Processes;
using Berth.Lxc;

// The runtime ignores SIGPIPE; what is forked from here must not.
Signals.RestoreDefaults();
switch (args)
{
    case [LxcCalls.Start, var lxcPath, var name, var config, var pidFile]:
        return StartCall.Run(lxcPath, name, config, pidFile);
    case [LxcCalls.Exec, var lxcPath, var name]:
        return ExecCall.Run(lxcPath, name);
    case [LxcCalls.Console, var lxcPath, var name]:
        return ConsoleCall.Run(lxcPath, name);
    case [LxcCalls.Version]:
        StandardStreams.Say(1, LxcContainer.Version);
        return 0;
    default:
        StandardStreams.Say(2, "berth-lxc is a part of berthd, which starts it; it is of no use by hand");
        return 2;
}
