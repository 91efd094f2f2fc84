using System.Runtime.InteropServices;
using Berth.Api;
using Berth.Core.Storage;

namespace Berth.Daemon.Endpoints;

/// <summary>What the server says of its host.</summary>
internal sealed class ServerFacts
{
    public const string Version = "0.1.0";

    private readonly PoolService _pools;
    private readonly ServerEnvironment _fixed;

    /// <param name="pools">Asked for the drivers in use.</param>
    /// <param name="drivers">The engines' programs and their versions; a program that is not there has none.</param>
    public ServerFacts(PoolService pools, IReadOnlyDictionary<string, string> drivers)
    {
        _pools = pools;
        var os = OsRelease();
        var present = drivers.Where(d => d.Value.Length > 0).ToList();
        _fixed = new()
        {
            Architectures = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? ["x86_64", "i686"] : ["aarch64"],
            Driver = string.Join(" | ", present.Select(d => d.Key)),
            DriverVersion = string.Join(" | ", present.Select(d => d.Value)),
            Firewall = "nftables",
            Kernel = "Linux",
            KernelArchitecture = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "x86_64" : "aarch64",
            KernelVersion = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            OsName = os.GetValueOrDefault("NAME", ""),
            OsVersion = os.GetValueOrDefault("VERSION_ID", ""),
            Server = "berth",
            ServerPid = System.Environment.ProcessId,
            ServerVersion = Version,
            ServerEventMode = "full-mesh",
            StorageSupportedDrivers = [.. pools.Drivers.Select(d => new ServerStorageDriverInfo { Name = d, Version = "1" })],
        };
    }

    /// <summary>The environment as the client of a project sees it. Host name and pools may change while the daemon runs.</summary>
    public ServerEnvironment Environment(string project)
    {
        var used = _pools.List().Select(p => p.Driver).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return _fixed with
        {
            Project = project,
            ServerName = System.Environment.MachineName,
            Storage = string.Join(" | ", used),
            StorageVersion = string.Join(" | ", used.Select(_ => "1")),
        };
    }

    private static Dictionary<string, string> OsRelease() =>
        File.Exists("/etc/os-release")
            ? File.ReadLines("/etc/os-release")
                .Select(l => l.Split('=', 2))
                .Where(p => p.Length == 2)
                .ToDictionary(p => p[0], p => p[1].Trim('"'), StringComparer.Ordinal)
            : [];
}
