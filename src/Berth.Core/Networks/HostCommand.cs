namespace Berth.Core.Networks;

/// <summary>Finds the host's administration commands, also where PATH is a user's and has no sbin.</summary>
internal static class HostCommand
{
    private static readonly string[] Sbin = ["/usr/sbin", "/sbin", "/usr/local/sbin"];

    /// <exception cref="BerthException">Unsupported: it is not installed.</exception>
    public static string Find(string name, string package)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return path.Concat(Sbin).Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists)
            ?? throw BerthException.Unsupported($"The command {name} is missing on this host; install the package {package}");
    }
}
