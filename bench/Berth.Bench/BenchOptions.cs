using System.Globalization;

namespace Berth.Bench;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions
{
    public const string Usage =
        """
        Usage: dotnet run -c Release --project bench/Berth.Bench -- [--rounds N] [--machine-rounds N] [--pool dir|btrfs] [--no-machines] [--no-peer]

        Measures Berth (the binaries in out/bin, see ./build.sh) on this host, and beside it, taking turns, the stock Incus
        daemon if it is installed. Both run in temporary directories with pools of the same kind; all is removed afterwards.
        Needs root.

        --list N                                   instead: listings of N running containers (--rounds times)
        --soak SOCKET [--clients N] [--seconds N]  instead: many clients on a daemon that runs already; 50 for 600 s where not said
        """;

    public int Rounds { get; init; } = 15;

    public int MachineRounds { get; init; } = 3;

    public IReadOnlyList<string> Drivers { get; init; } = ["dir", "btrfs"];

    public bool Machines { get; init; } = true;

    public bool Peer { get; init; } = true;

    /// <summary>Number of containers to list; null: the other figures.</summary>
    public int? List { get; init; }

    /// <summary>Socket of the daemon to soak; null: the other figures.</summary>
    public string? SoakSocket { get; init; }

    public int Clients { get; init; } = 50;

    public int Seconds { get; init; } = 600;

    /// <summary>Null if the command line makes no sense.</summary>
    public static BenchOptions? Parse(string[] args)
    {
        var options = new BenchOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--rounds" when TryCount(value, out var rounds):
                    options = options with { Rounds = rounds };
                    i++;
                    break;
                case "--machine-rounds" when TryCount(value, out var rounds):
                    options = options with { MachineRounds = rounds };
                    i++;
                    break;
                case "--list" when TryCount(value, out var containers):
                    options = options with { List = containers };
                    i++;
                    break;
                case "--soak" when value.Length > 0:
                    options = options with { SoakSocket = value };
                    i++;
                    break;
                case "--clients" when TryCount(value, out var clients):
                    options = options with { Clients = clients };
                    i++;
                    break;
                case "--seconds" when TryCount(value, out var seconds):
                    options = options with { Seconds = seconds };
                    i++;
                    break;
                case "--pool" when value is "dir" or "btrfs":
                    options = options with { Drivers = [value] };
                    i++;
                    break;
                case "--no-machines":
                    options = options with { Machines = false };
                    break;
                case "--no-peer":
                    options = options with { Peer = false };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }

    private static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
