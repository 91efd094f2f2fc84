using System.Runtime.InteropServices;
using Berth.Api;
using Berth.Core.Storage;

namespace Berth.Daemon.Endpoints;

/// <summary>What the server says of its host; read once, since it does not change while the daemon runs.</summary>
internal sealed class ServerFacts
{
    public const string Version = "0.1.0";

    public ServerFacts(PoolService pools, IReadOnlyDictionary<string, string> drivers)
    {
        var os = OsRelease();
        Environment = new()
        {
            Architectures = ["x86_64", "i686"],
            Driver = string.Join(" | ", drivers.Keys),
            DriverVersion = string.Join(" | ", drivers.Values),
            Firewall = "nftables",
            Kernel = "Linux",
            KernelArchitecture = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "x86_64" : "aarch64",
            KernelVersion = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            OsName = os.GetValueOrDefault("NAME", ""),
            OsVersion = os.GetValueOrDefault("VERSION_ID", ""),
            Project = "default",
            Server = "berth",
            ServerName = System.Environment.MachineName,
            ServerPid = System.Environment.ProcessId,
            ServerVersion = Version,
            ServerEventMode = "full-mesh",
            Storage = string.Join(" | ", pools.Drivers),
            StorageSupportedDrivers = [.. pools.Drivers.Select(d => new ServerStorageDriverInfo { Name = d, Version = "1" })],
        };
    }

    public ServerEnvironment Environment { get; }

    private static Dictionary<string, string> OsRelease() =>
        File.Exists("/etc/os-release")
            ? File.ReadLines("/etc/os-release")
                .Select(l => l.Split('=', 2))
                .Where(p => p.Length == 2)
                .ToDictionary(p => p[0], p => p[1].Trim('"'), StringComparer.Ordinal)
            : [];
}
