using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Remotes;

namespace Berth.Cli.Commands.Images;

/// <summary><c>berth image copy</c> and <c>refresh</c>: images of other servers.</summary>
internal static class ImageCopyCommand
{
    public static Command Build()
    {
        var image = new Argument<string>("image") { Description = "The image, with its remote: images:debian/12" };
        var target = new Argument<string>("target") { Description = "local:", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "local:" };
        var aliases = CommonOptions.Many("Alias of the copy", "alias", "--alias");
        var update = new Option<bool>("--auto-update") { Description = "Look for newer images of the name from time to time" };
        var isPublic = new Option<bool>("--public") { Description = "Anybody may read the copy" };
        var machine = new Option<bool>("--vm") { Description = "The image for virtual machines" };
        var profiles = CommonOptions.Many("Profile for instances of the copy", "profile", "--profile", "-p");
        var project = new Option<string?>("--target-project") { Description = "Project of the copy", HelpName = "project" };
        return new BerthCommand("copy", "Copy an image from another server, or to another project")
        {
            Alternatives = ["cp"],
            Remarks = "The server loads the image itself. Without --auto-update the copy stays as it is.",
            Examples = ["berth image copy images:debian/12 local: --alias debian/12 --auto-update", "berth image copy mine local: --target-project web"],
        }.With(image, target, aliases, update, isPublic, machine, profiles, project).Runs(async (session, result, cancellation) =>
        {
            if (ImageName.Parse(result.GetValue(target)!) is not { Remote: null, Name: "" })
            {
                throw CliException.Usage("berth copies images to its own server: give local: as the target");
            }

            var name = ImageName.Parse(result.GetValue(image)!);
            var chosen = result.GetValue(profiles)!;
            var request = new ImagesPost
            {
                Source = await SourceAsync(session, name, result.GetValue(machine), result.GetValue(project), cancellation),
                Aliases = [.. result.GetValue(aliases)!.Select(alias => new ImageAlias { Name = alias })],
                AutoUpdate = result.GetValue(update),
                Public = result.GetValue(isPublic),
                Profiles = chosen.Length > 0 ? chosen : null,
            };
            var path = result.GetValue(project) is { } other ? $"{Paths.Images}?project={Uri.EscapeDataString(other)}" : Paths.Images;
            var reply = await session.Client.PostAsync(path, request, BerthJson.Default.ImagesPost, cancellation);
            var operation = await session.WaitAsync(reply, $"Copying {name.Name}", cancellation);
            session.Say($"Image copied with fingerprint: {operation.Metadata?["fingerprint"]?.GetValue<string>()}");
        });
    }

    public static Command BuildRefresh()
    {
        var images = Completed.Many("image", "Aliases or fingerprints", Paths.ImageAliases);
        images.Arity = ArgumentArity.OneOrMore;
        return new BerthCommand("refresh", "Look for newer images where these came from") { Examples = ["berth image refresh debian/12"] }
            .With(images)
            .Runs(async (session, result, cancellation) =>
            {
                foreach (var image in result.GetValue(images)!)
                {
                    var fingerprint = await ImageReference.FingerprintAsync(session.Client, Input.Names.Local(image), cancellation);
                    var reply = await session.Client.PostAsync(Paths.Image(fingerprint) + "/refresh", [], cancellation);
                    var operation = await session.WaitAsync(reply, $"Refreshing {image}", cancellation);
                    session.Say(operation.Metadata?["refreshed"]?.GetValue<bool>() == true ? $"{image} was refreshed" : $"{image} is the newest already");
                }
            });
    }

    private static async Task<ImagesPostSource> SourceAsync(Session session, ImageName image, bool machine, string? project, CancellationToken cancellation)
    {
        if (image.Remote is { } remote)
        {
            return new()
            {
                Type = "image",
                Mode = "pull",
                Server = remote.Url,
                Protocol = remote.Protocol,
                Certificate = RemoteList.Certificate(remote.Name),
                Alias = image.Name,
                ImageType = machine ? "virtual-machine" : "",
            };
        }

        return project is null
            ? throw CliException.Usage("the image is here already: name a remote, as in images:debian/12, or give --target-project")
            : new()
            {
                Type = "image",
                Mode = "pull",
                Fingerprint = await ImageReference.FingerprintAsync(session.Client, image.Name, cancellation),
                Project = session.Client.Project.Length > 0 ? session.Client.Project : "default",
            };
    }
}
