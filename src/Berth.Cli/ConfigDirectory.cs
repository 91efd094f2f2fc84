namespace Berth.Cli;

/// <summary>Where the command line keeps what it remembers: <c>~/.config/berth</c>.</summary>
internal static class ConfigDirectory
{
    public static string Path
    {
        get
        {
            var config = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
            var home = Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } path ? path : "/root";
            return System.IO.Path.Combine(string.IsNullOrEmpty(config) ? System.IO.Path.Combine(home, ".config") : config, "berth");
        }
    }
}
