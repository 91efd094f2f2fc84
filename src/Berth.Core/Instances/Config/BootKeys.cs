using static Berth.Core.Instances.ConfigKey;

namespace Berth.Core.Instances;

/// <summary>Starting and stopping with the host.</summary>
internal static class BootKeys
{
    public static readonly ConfigKey[] All =
    [
        Bool("boot.autorestart", "Start it again when it ends without being asked to, up to 10 times a minute") with { Live = true },
        Text("boot.autostart", "Start it when the host has booted; unset or last-state: if it ran before") with
        {
            Type = "bool", Default = null, Live = true,
            Check = ConfigValues.Either(ConfigValues.Boolean, static v => v == "last-state" ? null : "", "give true, false or last-state"),
        },
        Integer("boot.autostart.delay", "Seconds to wait after starting it, before the next instance is started") with { Default = "0", Live = true, Check = ConfigValues.NotNegative },
        Integer("boot.autostart.priority", "Instances with a higher number are started first") with { Default = "0", Live = true },
        Text("boot.host_shutdown_action", "How it is stopped when the host shuts down: stop or force-stop") with
        {
            Default = "stop", Live = true,
            Check = static v => v == "stateful-stop"
                ? "Berth cannot store the state of a running instance; give stop or force-stop"
                : ConfigValues.OneOf("stop", "force-stop")(v),
        },
        Integer("boot.host_shutdown_timeout", "Seconds that it has to stop in when the host shuts down; it is killed then") with
        {
            Default = "30", Live = true, Check = ConfigValues.NotNegative,
        },
        Integer("boot.stop.priority", "Instances with a higher number are stopped first when the host shuts down") with { Default = "0", Live = true },
    ];
}
