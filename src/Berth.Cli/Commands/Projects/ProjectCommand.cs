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
            Feature('i', "IMAGES", "features.images"),
            Feature('p', "PROFILES", "features.profiles"),
            Feature('v', "STORAGE VOLUMES", "features.storage.volumes"),
            Feature('b', "STORAGE BUCKETS", "features.storage.buckets"),
            Feature('w', "NETWORKS", "features.networks"),
            Feature('z', "NETWORK ZONES", "features.networks.zones"),
            new('d', "DESCRIPTION", project => project.Description),
            new('u', "USED BY", project => project.UsedBy.Count.ToString(CultureInfo.InvariantCulture)),
        ],
        "nipvbwzdu",
        BerthJson.Default.ProjectList)
    {
        Key = project => project.Name,
        Examples = ["berth project list"],
    };

    public static Command Build()
    {
        var common = new ResourceCommands("project", "project", Resource.Project, Completed.Project);
        return new BerthCommand("project", "Manage projects: spaces of names with limits and restrictions of their own")
        {
            Examples = ["berth project create shop -c limits.instances=10", "berth project switch shop", "berth project info shop"],
        }.With(
            s_list.Build(_ => Paths.Projects), common.Show(), Create(), common.Edit(), common.Get(), common.Set(), common.Unset(), common.Rename(),
            Delete(), Switch(), Current(), ProjectInfo.Build());
    }

    private static Output.Column<Project> Feature(char key, string header, string feature) =>
        new(key, header, project => project.Config.GetValueOrDefault(feature) is "true" or "1" or "yes" or "on" ? "YES" : "NO");

    private static BerthCommand Create()
    {
        var name = new Argument<string>("project") { Description = "Name of the new project" };
        var config = CommonOptions.Many("Configuration of the project", "key=value", "--config", "-c");
        var description = new Option<string?>("--description") { Description = "Description of the project", HelpName = "text" };
        return new BerthCommand("create", "Create a project")
        {
            Examples = ["berth project create shop", "berth project create shop -c limits.memory=16GiB -c restricted=true", "berth project create shop < shop.yaml"],
        }.With(name, config, description).Runs(async (session, result, cancellation) =>
        {
            var project = Names.Local(result.GetValue(name)!);
            await session.Client.PostAsync(Paths.Projects, CreateRequest.Build(project, result.GetValue(config)!, result.GetValue(description)), cancellation);
            session.Say($"Project {project} created");
        });
    }

    private static BerthCommand Delete()
    {
        var project = Completed.Project();
        var force = CommonOptions.Force("Delete all that is in the project too");
        return new BerthCommand("delete", "Delete a project") { Alternatives = ["rm"], Examples = ["berth project delete shop", "berth project delete shop --force"] }
            .With(project, force)
            .Runs(async (session, result, cancellation) =>
            {
                var name = Names.Local(result.GetValue(project)!);
                await session.Client.DeleteAsync(Paths.Project(name) + (result.GetValue(force) ? "?force=true" : ""), cancellation);
                session.Say($"Project {name} deleted");
                if (session.Client.Project == name)
                {
                    CurrentProject.Write("default");
                }
            });
    }

    private static BerthCommand Switch()
    {
        var project = Completed.Project();
        return new BerthCommand("switch", "Choose the project that commands work in") { Examples = ["berth project switch shop"] }
            .With(project)
            .Runs(async (session, result, cancellation) =>
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
