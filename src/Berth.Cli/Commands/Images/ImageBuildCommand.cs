using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;

namespace Berth.Cli.Commands.Images;

/// <summary><c>berth image build</c>: an image from a distribution's packages (API extension <c>berth_image_build</c>).</summary>
internal static class ImageBuildCommand
{
    public static Command Build()
    {
        var what = new Argument<string>("distribution/release") { Description = "Such as debian/12" };
        var suite = new Option<string?>("--suite") { Description = "Suite of the mirror, where the release does not say it", HelpName = "suite" };
        var packages = CommonOptions.Many("Package to install beyond the base system", "package", "--package", "-p");
        var aliases = CommonOptions.Many("Alias of the image (default: distribution/release)", "alias", "--alias");
        var size = new Option<string?>("--size") { Description = "Size of the machine disk, such as 4GiB", HelpName = "size" };
        return new BerthCommand("build", "Build an image that starts containers and virtual machines")
        {
            Remarks = "The packages come from the mirror that the host's own apt uses.",
            Examples =
            [
                "berth image build debian/12",
                "berth image build debian/12 --package nginx --package curl --alias web",
                "berth image build debian/13 --suite trixie --size 8GiB",
            ],
        }.With(what, suite, packages, aliases, size).Runs(async (session, result, cancellation) =>
        {
            var name = result.GetValue(what)!;
            if (name.Split('/') is not [{ Length: > 0 } distribution, { Length: > 0 } release])
            {
                throw CliException.Usage($"\"{name}\" is not of the form distribution/release, such as debian/12");
            }

            var chosen = result.GetValue(aliases)!;
            var request = new ImagesPost
            {
                Aliases = [.. (chosen.Length > 0 ? chosen : [name]).Select(alias => new ImageAlias { Name = alias })],
                Source = new ImagesPostSource
                {
                    Type = "build",
                    Distribution = distribution,
                    Release = release,
                    Suite = result.GetValue(suite),
                    Packages = result.GetValue(packages)!,
                    Size = result.GetValue(size),
                },
            };
            session.Say($"Building {name}");
            var reply = await session.Client.PostAsync(Paths.Images, request, BerthJson.Default.ImagesPost, cancellation);
            var operation = await session.WaitAsync(reply, $"Building {name}", cancellation);
            var fingerprint = operation.Metadata?["fingerprint"]?.GetValue<string>();
            session.Say(fingerprint is null
                ? $"Image {request.Aliases[0].Name} is there"
                : $"Image {request.Aliases[0].Name} is there, with fingerprint {fingerprint}");
        });
    }
}
