using System.CommandLine;

namespace Berth.Cli.Commands;

/// <summary>Options that several commands share, each time as an object of their own.</summary>
internal static class CommonOptions
{
    public static Option<string> Format()
    {
        var option = new Option<string>("--format", "-f")
        {
            Description = "table, compact, csv, json or yaml; a suffix ,header or ,noheader says whether there is a header",
            DefaultValueFactory = _ => "table",
        };
        option.CompletionSources.Add("table", "compact", "csv", "json", "yaml");
        return option;
    }

    public static Option<string> Columns(string letters) =>
        new("--columns", "-c") { Description = "Letters of the columns", DefaultValueFactory = _ => letters };

    public static Option<bool> AllProjects() => new("--all-projects") { Description = "From all projects" };

    public static Option<string[]> Many(string description, string helpName, string name, params string[] aliases) => new(name, aliases)
    {
        Description = description + "; may be repeated",
        HelpName = helpName,
        DefaultValueFactory = _ => [],
    };

    public static Option<bool> Force(string description) => new("--force", "-f") { Description = description };
}
