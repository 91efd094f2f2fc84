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
        """;

    public int Rounds { get; init; } = 15;

    public int MachineRounds { get; init; } = 3;

    public IReadOnlyList<string> Drivers { get; init; } = ["dir", "btrfs"];

    public bool Machines { get; init; } = true;

    public bool Peer { get; init; } = true;

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
