using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth list</c>.</summary>
internal static class ListCommand
{
    public static Command Build()
    {
        var filters = new Argument<string[]>("filter")
        {
            Description = "Start of a name, a regular expression, or key=value (status=running, type=container, user.role=web)",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var columns = new Option<string>("--columns", "-c")
        {
            Description = "Letters of the columns, and config keys (ns4,user.role:ROLE)",
            DefaultValueFactory = _ => InstanceColumns.Default,
        };
        var fast = new Option<bool>("--fast") { Description = "Only columns that need no live state (the same as -c nsacPt)" };
        var format = CommonOptions.Format();
        var everywhere = CommonOptions.AllProjects();
        return new BerthCommand("list", "List instances")
        {
            Alternatives = ["ls"],
            Remarks = "Columns:\n" + InstanceColumns.Describe(),
            Examples =
            [
                "berth list",
                "berth list web                         # names that start with web",
                "berth list type=virtual-machine status=running",
                "berth list -c ns4mu",
                "berth list --format csv -c n,user.role",
            ],
        }.With(filters, columns, fast, format, everywhere).Runs((session, result, cancellation) => RunAsync(
            session,
            result.GetValue(filters)!,
            result.GetValue(fast) ? InstanceColumns.Fast : result.GetValue(columns)!,
            OutputFormat.Parse(result.GetValue(format)!),
            result.GetValue(everywhere),
            cancellation));
    }

    private static async Task RunAsync(
        Session session, string[] filters, string letters, OutputFormat format, bool everywhere, CancellationToken cancellation)
    {
        var columns = InstanceColumns.Choose(everywhere && !letters.Contains('e', StringComparison.Ordinal) ? "e" + letters : letters);
        var filter = InstanceFilter.Parse(filters);
        var wantsData = format.Kind is OutputKind.Json or OutputKind.Yaml;
        var recursion = wantsData || filter.NeedsState || columns.Any(column => column.NeedsState) ? 2 : 1;
        var reply = await session.Client.GetAsync(
            $"{Paths.Instances}?recursion={recursion}{(everywhere ? "&all-projects=true" : "")}", cancellation);
        var all = reply.As(BerthJson.Default.InstanceFullList);
        var chosen = Enumerable.Range(0, all.Count).Where(i => filter.Matches(all[i]))
            .OrderBy(i => all[i].Project, StringComparer.Ordinal).ThenBy(i => all[i].Name, StringComparer.Ordinal).ToArray();
        Listing.Write(
            session.Out,
            format,
            [.. columns.Select(column => column.Column)],
            [.. chosen.Select(i => all[i])],
            () => chosen.Select(i => reply.Metadata[i]));
    }
}
