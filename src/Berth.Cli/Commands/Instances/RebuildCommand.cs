using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Remotes;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth rebuild</c>.</summary>
internal static class RebuildCommand
{
    public static Command Build()
    {
        var image = Completed.Image("Alias or fingerprint of the image; with --empty, the name of the instance");
        var instance = new Argument<string?>("instance") { Description = "Instance to rebuild", Arity = ArgumentArity.ZeroOrOne };
        var empty = new Option<bool>("--empty") { Description = "Give it an empty root" };
        var force = new Option<bool>("--force", "-f") { Description = "Stop it first if it runs, and start it afterwards" };
        return new BerthCommand("rebuild", "Throw the root of an instance away and start over from an image; its configuration stays")
        {
            Examples = ["berth rebuild debian/12 web1", "berth rebuild --empty vm1", "berth rebuild debian/12 web1 --force"],
        }.With(image, instance, empty, force).Runs(async (session, result, cancellation) =>
        {
            var (source, name) = Operands(result.GetValue(image)!, result.GetValue(instance), result.GetValue(empty));
            var path = Paths.Instance(name);
            var runs = (await session.Client.GetAsync(path, BerthJson.Default.Instance, cancellation)).Status is not "Stopped";
            if (runs && result.GetValue(force))
            {
                await ChangeAsync(session, name, "stop", $"Stopping {name}", cancellation);
            }

            var post = new InstanceRebuildPost
            {
                Source = source is null ? new InstanceSource { Type = "none" } : await ImageReference.SourceAsync(session.Client, source, cancellation),
            };
            var reply = await session.Client.PostAsync(path + "/rebuild", post, BerthJson.Default.InstanceRebuildPost, cancellation);
            await session.WaitAsync(reply, $"Rebuilding {name}", cancellation);
            if (runs && result.GetValue(force))
            {
                await ChangeAsync(session, name, "start", $"Starting {name}", cancellation);
            }
        });
    }

    private static (ImageName? Image, string Instance) Operands(string first, string? second, bool empty) => (empty, second) switch
    {
        (true, null) => (null, Names.Local(first)),
        (true, _) => throw CliException.Usage("--empty takes no image: give the instance alone"),
        (false, null) => throw CliException.Usage("give an image and an instance, or --empty and an instance"),
        _ => (ImageName.Parse(first), Names.Local(second)),
    };

    private static async Task ChangeAsync(Session session, string name, string action, string text, CancellationToken cancellation)
    {
        var put = new InstanceStatePut { Action = action, Force = true };
        await session.WaitAsync(
            await session.Client.PutAsync(Paths.Instance(name) + "/state", put, BerthJson.Default.InstanceStatePut, cancellation), text, cancellation);
    }
}
