using System.Security.Cryptography;
using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Images.Import;
using Berth.Core.Images.Publishing;
using Berth.Core.Images.Sources;
using Berth.Core.Operations;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Daemon.Access;
using Berth.Daemon.Http;
using Berth.Daemon.ImageServers;
using Berth.Daemon.Mapping;
using Berth.Daemon.Sessions;

namespace Berth.Daemon.Endpoints;

/// <summary><c>POST /1.0/images</c>: upload, copy from another server or project, from a URL, from an instance, build.</summary>
internal sealed class ImageCreateEndpoints(
    ImageStore images,
    ImageTokens tokens,
    ImageDownloader downloader,
    ImagePublisher publisher,
    ImageBuildRequests builds,
    ImageSettings settings,
    ProfileService profiles,
    ProjectGuard guard,
    OperationRegistry operations,
    Core.Events.EventHub events)
{
    public void Map(ApiRoutes routes) => routes.Post("/1.0/images", CreateAsync);

    private async Task CreateAsync(ApiRequest request)
    {
        if (request.Http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            await UploadAsync(request);
            return;
        }

        if (!request.Caller.IsTrusted)
        {
            throw Authoriser.Forbidden(request.Caller);
        }

        var post = await request.ReadAsync(BerthJson.Default.ImagesPost);
        var source = post.Source ?? throw BerthException.BadRequest("Send where the image comes from as \"source\"");
        if (source.Mode == "push")
        {
            await TokenAsync(request, post);
            return;
        }

        if (source.Mode is not ("" or "pull"))
        {
            throw BerthException.BadRequest($"There is no mode \"{source.Mode}\"; available: pull, push");
        }

        RequireProfiles(request, post);
        ImageSources.RequireAllowed(request, source.Server);
        await (source.Type switch
        {
            "image" when source.Server.Length == 0 => AdoptAsync(request, post),
            "image" => PullFromAsync(request, post, ImageSources.Of(source)),
            "url" => PullAsync(request, post, cancel => FromUrlAsync(source, cancel)),
            "instance" or "container" or "virtual-machine" or "snapshot" => PublishAsync(request, post),
            "build" => BuildAsync(request, post),
            var type => throw BerthException.BadRequest($"There is no image source \"{type}\"; available: image, url, instance, snapshot, build"),
        });
    }

    private void RequireProfiles(ApiRequest request, ImagesPost post) =>
        ImageEndpoints.RequireProfiles(profiles, request.ProjectOf(ProjectFeature.Profiles), post.Profiles ?? []);

    /// <summary>The files are received with the request; looking at them, which may take long, is the operation's.</summary>
    private async Task UploadAsync(ApiRequest request)
    {
        var options = ImageTransfer.Options(request);
        var (valid, push) = tokens.Redeem(options.Project, options.ExpectedFingerprint ?? "", request.Header("X-Incus-secret"));
        if (!valid && !request.Caller.IsTrusted)
        {
            throw Authoriser.Forbidden(request.Caller);
        }

        if (push is not null)
        {
            options = WithWishes(options, push);
        }

        ImageEndpoints.RequireProfiles(profiles, request.ProjectOf(ProjectFeature.Profiles), options.Profiles.Where(name => name != ProfileRecord.Default));
        var import = images.BeginImport();
        try
        {
            await ImageTransfer.ReceiveAsync(request, import);
        }
        catch
        {
            await import.DisposeAsync();
            throw;
        }

        // A server that pushes is not trusted here: this secret lets it follow the operation.
        var wanted = new OperationRequest(options.Project, "Downloading image");
        wanted = valid ? wanted with { Metadata = wanted.Metadata.Add("secret", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))) } : wanted;
        await request.AsyncAsync(operations.Start(wanted, async (operation, cancel) =>
        {
            await using (import)
            {
                var image = await import.CompleteAsync(options, cancel);
                Announce(operation, options.Project, image, options.Aliases);
            }
        }));
    }

    /// <summary>What the target's own client asked for when it let the image be pushed.</summary>
    private static ImageImportOptions WithWishes(ImageImportOptions options, ImagesPost push) => options with
    {
        Properties = push.Properties.Count > 0 ? InstanceMap.FromWire(push.Properties) : options.Properties,
        Public = push.Public,
        ExpiresAt = Time(push.ExpiresAt),
        Aliases = options.Aliases.Count > 0 ? options.Aliases : Aliases(push),
    };

    private Task TokenAsync(ApiRequest request, ImagesPost post) => Fingerprints.IsWhole(post.Source!.Fingerprint)
        ? request.AsyncAsync(tokens.IssuePush(request.Project, post with { Source = post.Source with { Fingerprint = post.Source.Fingerprint.ToLowerInvariant() } }))
        : throw BerthException.BadRequest("An image that is to be pushed here needs its whole fingerprint as source.fingerprint");

    /// <summary>An image of another project of this server.</summary>
    private Task AdoptAsync(ApiRequest request, ImagesPost post)
    {
        var source = post.Source!;
        var name = source.Fingerprint.Length > 0 ? source.Fingerprint : source.Alias;
        if (source.Project.Length == 0 || request.ProjectOf(ProjectFeature.Images, request.RequireProject(source.Project)) == request.Project)
        {
            throw BerthException.BadRequest("A copy of an image needs source.server, or source.project with another project of this server");
        }

        var image = images.Resolve(request.ProjectOf(ProjectFeature.Images, source.Project), name);
        var project = request.Project;
        return request.AsyncAsync(operations.Start(new(project, "Downloading image"), (operation, _) =>
        {
            var aliases = Aliases(post);
            var made = images.Adopt(project, image.Fingerprint, old => Describe(old, post), aliases)
                ?? throw BerthException.Conflict($"image {image.ShortFingerprint} exists already in project {project}");
            Announce(operation, project, made, aliases);
            return Task.CompletedTask;
        }));
    }

    private static ImageRecord Describe(ImageRecord image, ImagesPost post) => image with
    {
        Properties = image.Properties.SetItems(InstanceMap.FromWire(post.Properties)),
        Public = post.Public,
        ExpiresAt = Time(post.ExpiresAt) ?? image.ExpiresAt,
        Filename = post.Filename.Length > 0 ? post.Filename : image.Filename,
        Profiles = [.. post.Profiles ?? [ProfileRecord.Default]],
    };

    private Task PullFromAsync(ApiRequest request, ImagesPost post, ImageSourceRecord source) => PullAsync(request, post, _ => Task.FromResult(source));

    private async Task PullAsync(ApiRequest request, ImagesPost post, Func<CancellationToken, Task<ImageSourceRecord>> from)
    {
        var project = request.Project;
        guard.AllowImageServer(request.AskedProject, post.Source!.Server.Length > 0 ? post.Source.Server : post.Source.Url);
        var aliases = Aliases(post);
        await request.AsyncAsync(operations.Start(new(project, "Downloading image") { MayCancel = true }, async (operation, cancel) =>
        {
            var image = await downloader.FetchAsync(
                new()
                {
                    Project = project,
                    Source = await from(cancel),
                    Secret = post.Source!.Secret,
                    AutoUpdate = post.AutoUpdate,
                    Public = post.Public,
                    Filename = post.Filename,
                    Properties = InstanceMap.FromWire(post.Properties),
                    Profiles = post.Profiles is null ? null : [.. post.Profiles],
                    Aliases = aliases,
                },
                text => operation.Progress("download", text),
                cancel);
            Announce(operation, project, image, aliases);
        }));
    }

    /// <summary>Where a URL leads to; with a fingerprint it is the file itself.</summary>
    private async Task<ImageSourceRecord> FromUrlAsync(ImagesPostSource source, CancellationToken cancel)
    {
        if (source.Url.Length == 0)
        {
            throw BerthException.BadRequest("Missing URL: send it as source.url");
        }

        var (url, fingerprint) = source.Fingerprint.Length > 0
            ? (source.Url, source.Fingerprint)
            : await UrlImage.ResolveAsync(source.Url, source.Certificate, settings, cancel);
        return new() { Server = url, Protocol = ImageServerFactory.Direct, Certificate = source.Certificate, Alias = fingerprint };
    }

    private async Task PublishAsync(ApiRequest request, ImagesPost post)
    {
        var wanted = new PublishRequest
        {
            Project = request.Project,
            InstanceProject = request.AskedProject,
            Source = post.Source!.Name,
            FromSnapshot = post.Source.Type == "snapshot",
            Format = post.Format,
            Compression = post.CompressionAlgorithm,
            Properties = InstanceMap.FromWire(post.Properties),
            Filename = post.Filename,
            Public = post.Public,
            ExpiresAt = Time(post.ExpiresAt),
            Profiles = [.. post.Profiles ?? [ProfileRecord.Default]],
            Aliases = Aliases(post),
        };
        var planned = publisher.Plan(wanted);
        await request.AsyncAsync(operations.Start(new(request.Project, "Publishing image") { MayCancel = true }, async (operation, cancel) =>
        {
            var image = await publisher.PublishAsync(planned, text => operation.Progress("create_image_from_container_pack", text), cancel);
            Announce(operation, wanted.Project, image, wanted.Aliases);
        }));
    }

    private Task BuildAsync(ApiRequest request, ImagesPost post)
    {
        var wanted = ImageBuildRequests.Read(request.Project, post);
        return request.AsyncAsync(operations.Start(new(wanted.Project, "Building image") { MayCancel = true }, async (operation, cancel) =>
            Announce(operation, wanted.Project, await builds.RunAsync(wanted, post, operation, cancel), [])));
    }

    private void Announce(Core.Operations.Operation operation, string project, ImageRecord image, IEnumerable<(string Name, string Description)> aliases)
    {
        operation.Report("fingerprint", image.Fingerprint);
        operation.Report("size", image.Size);
        foreach (var (name, _) in aliases)
        {
            ImageEvents.AliasCreated(events, project, name, image.Fingerprint);
        }

        ImageEvents.Created(events, project, image);
    }

    private static (string Name, string Description)[] Aliases(ImagesPost post) => [.. post.Aliases.Select(alias => (alias.Name, alias.Description))];

    private static DateTimeOffset? Time(DateTimeOffset time) => time > DateTimeOffset.UnixEpoch ? time : null;
}
