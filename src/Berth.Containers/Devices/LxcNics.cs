namespace Berth.Containers.Devices;

/// <summary>Which network cards a container was started with: its monitor makes them again when it reboots.</summary>
internal static class LxcNics
{
    private const string Key = ".veth.pair = ";

    /// <summary>Names of their ends on the host, as in liblxc's configuration of the container.</summary>
    public static IReadOnlyList<string> HostNames(string config) =>
    [
        .. from line in File.ReadLines(config)
           let at = line.IndexOf(Key, StringComparison.Ordinal)
           where at > 0 && line.StartsWith("lxc.net.", StringComparison.Ordinal)
           select line[(at + Key.Length)..],
    ];
}
