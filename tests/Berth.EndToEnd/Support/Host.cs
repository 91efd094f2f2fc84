using System.Security.Cryptography;
using System.Text;

namespace Berth.EndToEnd.Support;

/// <summary>What the tests need to know of the host, and the commands that they run on it.</summary>
internal static class Host
{
    /// <summary>Where the binaries are: what test.sh names, else out/bin of the repository.</summary>
    public static string Binaries { get; } = Environment.GetEnvironmentVariable("BERTH_BIN") ?? FindBinaries();

    /// <summary>Kept from run to run; test.sh owns it.</summary>
    public static string Cache { get; } = Environment.GetEnvironmentVariable("BERTH_TEST_CACHE") ?? "/var/cache/berth-tests";

    public static bool HasIncus { get; } = File.Exists("/usr/bin/incus");

    /// <summary>The hierarchies' mounts: cgroup v2, or one per v1 controller.</summary>
    public static IReadOnlyList<string> CgroupMounts { get; } =
        [.. File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')).Where(f => f[2] is "cgroup" or "cgroup2").Select(f => f[1])];

    public static Task<CommandResult> TryAsync(string program, params string[] arguments) =>
        new Command(program, arguments).RunAsync(TestContext.Current.CancellationToken);

    public static async Task<CommandResult> RunAsync(string program, params string[] arguments) =>
        (await TryAsync(program, arguments)).Succeeded();

    /// <summary>How Berth tags what it makes for a state directory that is not the default one.</summary>
    public static string Tag(string stateDirectory) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(stateDirectory)))[..6];

    private static string FindBinaries()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Berth.slnx")))
            {
                return Path.Combine(directory, "out", "bin");
            }
        }

        throw new InvalidOperationException("BERTH_BIN is not set, and the tests do not run inside the repository");
    }
}
