using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Projects;

/// <summary><c>berth project info</c>: limits and what is used of them.</summary>
internal static class ProjectInfo
{
    private static readonly Column<KeyValuePair<string, ProjectStateResource>>[] s_columns =
    [
        new('r', "RESOURCE", use => use.Key.ToUpperInvariant()),
        new('l', "LIMIT", use => use.Value.Limit < 0 ? "UNLIMITED" : Show(use.Key, use.Value.Limit)),
        new('u', "USAGE", use => Show(use.Key, use.Value.Usage)),
    ];

    public static BerthCommand Build()
    {
        var project = Completed.Project();
        var format = CommonOptions.Format();
        var access = new Option<bool>("--show-access") { Description = "Show which certificates may use the project" };
        return new BerthCommand("info", "Show the limits of a project and what is used of them") { Examples = ["berth project info shop"] }
            .With(project, format, access)
            .Runs(async (session, result, cancellation) =>
            {
                var path = Paths.Project(Names.Local(result.GetValue(project)!));
                if (result.GetValue(access))
                {
                    YamlWriter.Write(session.Out, JsonNode.Parse((await session.Client.GetAsync(path + "/access", cancellation)).Metadata.GetRawText()));
                    return;
                }

                var reply = await session.Client.GetAsync(path + "/state", cancellation);
                var uses = reply.As(BerthJson.Default.ProjectState).Resources.OrderBy(use => use.Key, StringComparer.Ordinal).ToArray();
                Listing.Write(session.Out, OutputFormat.Parse(result.GetValue(format)!), s_columns, uses, () => [reply.Metadata]);
            });
    }

    private static string Show(string resource, long amount) =>
        resource is "memory" or "disk" || resource.StartsWith("disk.", StringComparison.Ordinal)
            ? Sizes.Bytes(amount)
            : amount.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
