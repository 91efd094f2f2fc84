using Berth.Core;

namespace Berth.Daemon;

/// <summary>What the command line asks for.</summary>
internal sealed record DaemonOptions
{
    public const string Usage =
        """
        Usage: berthd [--state-dir DIR] [--runtime-dir DIR] [--group NAME] [--debug]

        The Berth daemon: runs containers and virtual machines, and serves the API on <runtime-dir>/berth.socket.

          --state-dir DIR    what outlives a boot: database, images, pools (default /var/lib/berth)
          --runtime-dir DIR  sockets and mount points (default /run/berth)
          --group NAME       group that may use the socket (default berth, if it exists)
          --debug            log more
          --version          print the version and exit
          --help             print this and exit

        SIGTERM stops the API and leaves the instances running; the next berthd takes them over. SIGPWR stops the
        instances too, as for a shutdown of the host; after its boot they are started again.
        """;

    public string StateDirectory { get; init; } = HostLayout.DefaultStateDirectory;

    public string RuntimeDirectory { get; init; } = HostLayout.DefaultRuntimeDirectory;

    /// <summary>Null: the group "berth" where there is one.</summary>
    public string? Group { get; init; }

    public bool Debug { get; init; }

    /// <exception cref="ArgumentException">An unknown option, or one without its value.</exception>
    public static DaemonOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new DaemonOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var n, var v] ? (n, v) : (args[i], null);
            options = name switch
            {
                "--state-dir" => options with { StateDirectory = Value(name, value, args, ref i) },
                "--runtime-dir" => options with { RuntimeDirectory = Value(name, value, args, ref i) },
                "--group" => options with { Group = Value(name, value, args, ref i) },
                "--debug" => options with { Debug = true },
                _ => throw new ArgumentException($"berthd: unknown option {args[i]}; see berthd --help"),
            };
        }

        return options;
    }

    private static string Value(string name, string? value, ReadOnlySpan<string> args, ref int i)
    {
        value ??= i + 1 < args.Length ? args[++i] : "";
        return value.Length > 0 ? value : throw new ArgumentException($"berthd: {name} needs a value");
    }
}
