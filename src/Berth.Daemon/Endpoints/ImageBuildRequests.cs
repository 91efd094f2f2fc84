using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Images.Building;
using Berth.Core.Resources;

namespace Berth.Daemon.Endpoints;

/// <summary>Images that are built here from a distribution's packages (<c>berth_image_build</c>).</summary>
internal sealed class ImageBuildRequests(ImageStore images, ImageBuilder builder)
{
    public static DistributionRequest Read(string project, ImagesPost post)
    {
        var source = post.Source!;
        return new()
        {
            Project = project,
            Distribution = Required(source.Distribution, "distribution"),
            Release = Required(source.Release, "release"),
            Suite = string.IsNullOrEmpty(source.Suite) ? null : source.Suite,
            Packages = source.Packages ?? [],
            DiskSize = string.IsNullOrEmpty(source.Size) ? null : ByteSize.Parse("size", source.Size),
            Alias = post.Aliases is [var first, ..] ? first.Name : null,
            Agent = AgentProgram.Find(),
        };
    }

    public async Task<ImageRecord> RunAsync(DistributionRequest wanted, ImagesPost post, Core.Operations.Operation operation, CancellationToken cancel)
    {
        var image = await builder.BuildAsync(wanted, (percent, step) => operation.Progress("build", $"{percent}% {step}"), cancel);
        foreach (var alias in post.Aliases.Skip(1))
        {
            images.PointAlias(wanted.Project, alias.Name, image.Fingerprint);
        }

        return image;
    }

    private static string Required(string? value, string name) =>
        string.IsNullOrEmpty(value) ? throw BerthException.BadRequest($"A build needs source.{name}, for example debian and 12") : value;
}
