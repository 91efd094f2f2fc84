using System.CommandLine;

namespace Berth.Cli;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static Option<string> Project { get; } = new("--project")
    {
        Description = "Work in this project instead of the current one",
        HelpName = "project",
        Recursive = true,
    };

    public static Option<bool> Quiet { get; } = new("--quiet", "-q")
    {
        Description = "Show no progress and no confirmations",
        Recursive = true,
    };

    public static Option<bool> Debug { get; } = new("--debug")
    {
        Description = "On an error, print where it came from",
        Recursive = true,
    };

    public static Option<bool> ForceLocal { get; } = new("--force-local")
    {
        Description = "Use the local socket (berth always does)",
        Recursive = true,
        Hidden = true,
    };

    public static Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "The same as --debug",
        Recursive = true,
        Hidden = true,
    };
}
