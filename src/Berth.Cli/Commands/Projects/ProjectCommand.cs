using System.CommandLine;
using System.Globalization;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Projects;

/// <summary><c>berth project</c>.</summary>
internal static class ProjectCommand
{
    private static readonly ListBuilder<Project> s_list = new(
        "List projects",
        [
            new('n', "NAME", project => project.Name),
            new('d', "DESCRIPTION", project => project.Description),
            new('u', "USED BY", project => project.UsedBy.Count.ToString(CultureInfo.InvariantCulture)),
        ],
        "ndu",
        BerthJson.Default.ProjectList)
    {
        Key = project => project.Name,
        Examples = ["berth project list"],
    };

    public static Command Build()
    {
        var common = new ResourceCommands("project", "project", Resource.Project, Completed.Project);
        return new BerthCommand("project", "Manage projects") { Examples = ["berth project list", "berth project switch default"] }
            .With(s_list.Build(_ => Paths.Projects), common.Show(), Switch(), Current());
    }

    private static BerthCommand Switch()
    {
        var project = Completed.Project();
        return new BerthCommand("switch", "Choose the project that commands work in").With(project).Runs(async (session, result, cancellation) =>
        {
            var name = Names.Local(result.GetValue(project)!);
            await session.Client.GetAsync(Paths.Project(name), cancellation);
            CurrentProject.Write(name);
        });
    }

    private static BerthCommand Current() =>
        new BerthCommand("get-current", "Print the project that commands work in").Runs((session, _, _) =>
        {
            session.Out.WriteLine(session.Client.Project.Length > 0 ? session.Client.Project : "default");
            return Task.CompletedTask;
        });
}
