using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Core.Projects;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary>Copies, moves and rebuilds instances: <c>source.type</c> <c>copy</c>, <c>POST /1.0/instances/NAME</c> and <c>…/rebuild</c>.</summary>
internal sealed class InstanceCopyEndpoints(
    InstanceRegistry registry,
    InstanceCopier copier,
    InstanceMover mover,
    InstanceRebuilder rebuilder,
    InstanceConfigurator configurator,
    InstanceLifecycle lifecycle,
    InstanceMap map,
    ImageStore images,
    OperationRegistry operations)
{
    public void Map(ApiRoutes routes) => routes
        .Post("/1.0/instances/{name}", MoveAsync)
        .Post("/1.0/instances/{name}/rebuild", RebuildAsync);

    /// <summary>Answers <c>POST /1.0/instances</c> whose source is an instance or a snapshot.</summary>
    public async Task CopyAsync(ApiRequest request, InstancesPost post, InstanceRequest wanted)
    {
        var source = post.Source;
        if (string.IsNullOrEmpty(source.Source))
        {
            throw BerthException.BadRequest("Must specify a source instance (source.source)");
        }

        if (post.Stateful)
        {
            throw BerthException.Unsupported("Stateful copies (memory and running processes) are not supported; copy with --stateless");
        }

        var sourceProject = string.IsNullOrEmpty(source.Project) ? request.Project : request.RequireProject(source.Project);
        var original = registry.Get(sourceProject, source.Source.Split('/')[0]);
        var plan = await copier.PlanAsync(
            new(
                wanted with { Config = InstanceMap.WithoutDerived(InstanceMap.FromWire(post.Config), map.ToWire(original)) },
                sourceProject, source.Source, source.InstanceOnly, source.Refresh, source.RefreshExcludeOlder)
            {
                KindGiven = post.Type.Length > 0,
            },
            request.Aborted);
        var resources = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty
            .Add("instances", [$"/1.0/instances/{plan.Planned.Name}", $"/1.0/instances/{source.Source}"]);
        await request.AsyncAsync(operations.Start(new(request.Project, "Creating instance") { Resources = resources, MayCancel = true }, async (_, cancel) =>
        {
            var instance = await copier.CopyAsync(plan, cancel);
            if (post.Start && instance.Running is null)
            {
                await lifecycle.StartAsync(instance, cancel);
            }
        }));
    }

    private Core.Instances.Instance Find(ApiRequest request) => registry.Get(request.Project, request.Route("name"));

    private async Task MoveAsync(ApiRequest request)
    {
        var instance = Find(request);
        var post = await request.ReadAsync(BerthJson.Default.InstancePost);
        Refuse(request, instance, post);
        var name = post.Name == instance.Id.Name ? "" : post.Name;
        if (!post.Migration)
        {
            if (post.Name.Length == 0)
            {
                throw BerthException.BadRequest("A new name for the instance must be provided");
            }

            await request.AsyncAsync(operations.Start(
                InstanceEndpoints.Request(instance, "Renaming instance"), (_, cancel) => configurator.RenameAsync(instance, post.Name, cancel)));
            return;
        }

        if (post.Pool.Length > 0)
        {
            mover.Check(instance, post.Pool);
        }

        if (name.Length > 0)
        {
            InstanceNames.Validate(name);
        }

        await request.AsyncAsync(operations.Start(InstanceEndpoints.Request(instance, "Migrating instance"), async (_, cancel) =>
        {
            if (post.Pool.Length > 0)
            {
                await mover.MoveAsync(instance, post.Pool, !post.InstanceOnly, cancel);
            }

            if (name.Length > 0)
            {
                await configurator.RenameAsync(instance, name, cancel);
            }
        }));
    }

    private static void Refuse(ApiRequest request, Core.Instances.Instance instance, InstancePost post)
    {
        if (request.Query("target").Length > 0)
        {
            throw BerthException.BadRequest("Target only allowed when clustered");
        }

        if (post.Project.Length > 0 && post.Project != instance.Id.Project)
        {
            throw BerthException.Unsupported("Moving an instance to another project is not supported yet; copy it there and delete it here");
        }

        if (post.Migration && (post.Target is not null || (post.Pool.Length == 0 && post.Name.Length == 0)))
        {
            throw BerthException.Unsupported("Moving an instance to another server is not supported yet; export it and import it there");
        }

        if (post.Config.Count > 0 || post.Devices.Count > 0 || post.Profiles.Count > 0)
        {
            throw BerthException.Unsupported("Changing the configuration while moving is not supported; move the instance and then change it");
        }

        if (post.Live && instance.Running is not null)
        {
            throw BerthException.BadRequest($"Instance must be stopped to be moved: stop {instance.Id} first");
        }
    }

    private async Task RebuildAsync(ApiRequest request)
    {
        var instance = Find(request);
        var source = (await request.ReadAsync(BerthJson.Default.InstanceRebuildPost)).Source;
        InstanceRebuilder.Check(instance);
        var image = source.Type switch
        {
            "none" => null,
            "image" or "" => Image(request.ProjectOf(ProjectFeature.Images), source),
            var type => throw BerthException.BadRequest($"An instance is rebuilt from \"image\" or \"none\", not from \"{type}\""),
        };
        await request.AsyncAsync(operations.Start(
            InstanceEndpoints.Request(instance, "Rebuilding instance"),
            (operation, cancel) => rebuilder.RebuildAsync(instance, image, text => operation.Progress("create_instance_from_image_unpack", text), cancel)));
    }

    private ImageRecord Image(string project, InstanceSource source)
    {
        if (!string.IsNullOrEmpty(source.Server))
        {
            throw BerthException.Unsupported("Rebuilding from another server's image is not supported yet; copy the image here first");
        }

        var name = source.Fingerprint is { Length: > 0 } fingerprint ? fingerprint : source.Alias;
        return string.IsNullOrEmpty(name)
            ? throw BerthException.BadRequest("An image needs source.alias or source.fingerprint")
            : images.Get(project, images.Resolve(project, name).Fingerprint);
    }
}
