using System.Collections.Immutable;
using Berth.Api;
using Berth.Core;
using Berth.Core.Images;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Core.Projects;
using Berth.Core.Snapshots;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances</c>: list, create, read, change, rename, delete.</summary>
internal sealed class InstanceEndpoints(
    InstanceRegistry registry,
    InstanceCreator creator,
    InstanceConfigurator configurator,
    InstanceRemover remover,
    InstanceLifecycle lifecycle,
    InstanceStates states,
    InstanceMap map,
    InstanceJson json,
    InstanceCopyEndpoints copies,
    SnapshotRestorer restorer,
    ImageStore images,
    InstanceImages remoteImages,
    OperationRegistry operations,
    InstanceBackupEndpoints backups)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/instances", ListAsync)
        .Post("/1.0/instances", CreateAsync)
        .Get("/1.0/instances/{name}", GetAsync)
        .Put("/1.0/instances/{name}", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.InstancePut)))
        .Patch("/1.0/instances/{name}", request => UpdateAsync(request, PatchAsync(request)))
        .Delete("/1.0/instances/{name}", DeleteAsync);

    public static OperationRequest Request(Core.Instances.Instance instance, string description) => Request(instance.Id, description);

    private static OperationRequest Request(InstanceId id, string description) => new(id.Project, description)
    {
        Resources = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("instances", [ApiPath.In(id.Project, $"/1.0/instances/{id.Name}")]),
    };

    private async Task ListAsync(ApiRequest request)
    {
        var instances = request.Listed(registry.List).Where(i => Wanted(i, request.Query("instance-type")));
        if (ListFilter.Parse(request.Query("filter")) is { } filter)
        {
            var chosen = filter.Apply(instances.Select(map.ToWire), BerthJson.Default.Instance).Select(i => new InstanceId(i.Project, i.Name)).ToHashSet();
            instances = instances.Where(i => chosen.Contains(i.Id));
        }

        switch (request.Recursion)
        {
            case 0:
                await request.SyncAsync([.. instances.Select(InstanceLifecycle.PathOf)], BerthJson.Default.StringList);
                break;
            case 1:
                using (var list = json.List([.. instances]))
                {
                    await request.SyncAsync(list.Written);
                }

                break;
            default:
                List<Core.Instances.Instance> all = [.. instances];
                using (var list = await json.FullListAsync(all, await states.ReadAllAsync(all, request.Aborted)))
                {
                    await request.SyncAsync(list.Written);
                }

                break;
        }
    }

    private static bool Wanted(Core.Instances.Instance instance, string type) => type switch
    {
        "" => true,
        "container" or "virtual-machine" => InstanceMap.TypeName(instance.Record.Kind) == type,
        _ => throw BerthException.BadRequest($"There is no instance type \"{type}\"; available: container, virtual-machine"),
    };

    private async Task CreateAsync(ApiRequest request)
    {
        if (request.Http.Request.ContentType?.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) == true)
        {
            await backups.ImportAsync(request);
            return;
        }

        var post = await request.ReadAsync(BerthJson.Default.InstancesPost);
        var wanted = ToRequest(request, post);
        if (post.Source.Type == "copy")
        {
            await copies.CopyAsync(request, post, wanted);
            return;
        }

        var imageProject = request.ProjectOf(ProjectFeature.Images);
        ImageSources.RequireAllowed(request, post.Source.Server);
        var fetch = remoteImages.Wanted(request.Project, imageProject, post);
        var planned = await creator.PlanAsync(wanted, request.Aborted);
        await request.AsyncAsync(operations.Start(Request(planned.Id, "Creating instance") with { MayCancel = fetch is not null }, async (operation, cancel) =>
        {
            if (fetch is not null)
            {
                planned = await creator.PlanAsync(wanted with { Name = planned.Name, Image = await remoteImages.FetchAsync(fetch, operation, cancel) }, cancel);
            }

            images.Touch(imageProject, planned.Image);
            var instance = await creator.CreateAsync(planned, text => operation.Progress("create_instance_from_image_unpack", text), cancel);
            if (post.Start)
            {
                await lifecycle.StartAsync(instance, cancel);
            }
        }));
    }

    private InstanceRequest ToRequest(ApiRequest request, InstancesPost post)
    {
        var project = request.Project;
        var size = post.InstanceType.Length > 0 ? InstanceSize.Parse(post.InstanceType) : ImmutableSortedDictionary<string, string>.Empty;
        var source = post.Source;
        RefuseSource(source);
        return new()
        {
            Project = project,
            Name = post.Name,
            Kind = post.Type switch
            {
                "" or "container" => InstanceKind.Container,
                "virtual-machine" => InstanceKind.Machine,
                _ => throw BerthException.BadRequest($"There is no instance type \"{post.Type}\"; available: container, virtual-machine"),
            },
            Description = post.Description,
            Architecture = post.Architecture,
            Config = size.SetItems(source.Type == "copy" ? InstanceMap.FromWire(post.Config) : InstanceMap.WithoutDerived(InstanceMap.FromWire(post.Config), null)),
            Devices = InstanceMap.FromWire(post.Devices),
            Profiles = post.Profiles is null ? null : [.. post.Profiles],
            Ephemeral = post.Ephemeral,
            Image = source.Type == "image" && string.IsNullOrEmpty(source.Server) ? ImageOf(request.ProjectOf(ProjectFeature.Images), source) : null,
        };
    }

    private static void RefuseSource(InstanceSource source)
    {
        switch (source.Type)
        {
            case "image" or "none" or "copy":
                return;
            case "migration":
                throw BerthException.Unsupported("Migration from another server is not supported yet");
            default:
                throw BerthException.BadRequest($"There is no instance source \"{source.Type}\"; available: image, copy, none");
        }
    }

    private string ImageOf(string project, InstanceSource source)
    {
        var name = source.Fingerprint is { Length: > 0 } fingerprint ? fingerprint : source.Alias;
        return string.IsNullOrEmpty(name)
            ? throw BerthException.BadRequest("An image needs source.alias or source.fingerprint")
            : images.Resolve(project, name).Fingerprint;
    }

    private Core.Instances.Instance Find(ApiRequest request) => registry.Get(request.Project, request.Route("name"));

    private async Task GetAsync(ApiRequest request)
    {
        var instance = Find(request);
        request.WithETag(InstanceMap.Changeable(instance.Record), BerthJson.Default.InstancePut);
        if (request.Recursion == 0)
        {
            await request.SyncAsync(map.ToWire(instance), BerthJson.Default.Instance);
            return;
        }

        using var full = json.Full(instance, await states.ReadAsync(instance, count: true, request.Aborted));
        await request.SyncAsync(full.Written);
    }

    /// <summary>PATCH: what the body does not name stays.</summary>
    private async Task<InstancePut> PatchAsync(ApiRequest request)
    {
        var present = InstanceMap.Changeable(Find(request).Record);
        return await JsonPatch.ReadAsync(request, present, BerthJson.Default.InstancePut);
    }

    private async Task UpdateAsync(ApiRequest request, Task<InstancePut> reading)
    {
        var instance = Find(request);
        var put = await reading;
        request.RequireMatch(InstanceMap.Changeable(instance.Record), BerthJson.Default.InstancePut);
        if (!string.IsNullOrEmpty(put.Restore))
        {
            await RestoreAsync(request, instance, put);
            return;
        }

        if (put.Architecture.Length > 0 && put.Architecture != instance.Record.Architecture)
        {
            throw BerthException.BadRequest("The architecture of an instance cannot be changed");
        }

        var config = InstanceMap.WithoutDerived(OwnVolatile(instance, InstanceMap.FromWire(put.Config)), map.ToWire(instance));
        await request.AsyncAsync(operations.Start(Request(instance, "Updating instance"), (_, cancel) => configurator.UpdateAsync(
            instance,
            record => record with
            {
                Config = config,
                Devices = InstanceMap.FromWire(put.Devices),
                Description = put.Description,
                Profiles = [.. put.Profiles],
                Ephemeral = put.Ephemeral,
                Stateful = put.Stateful,
            },
            cancel)));
    }

    /// <summary>
    /// After a refreshing copy the stock client writes to the target what it has read of the source: what was chosen for the source alone
    /// stays with it.
    /// </summary>
    private ImmutableSortedDictionary<string, string> OwnVolatile(Core.Instances.Instance instance, ImmutableSortedDictionary<string, string> config)
    {
        static bool IsVolatile(string key) => key.StartsWith("volatile.", StringComparison.Ordinal);
        var others = config.TryGetValue("volatile.uuid", out var uuid) && uuid != instance.Record.Uuid.ToString()
            && registry.All.Any(i => i.Record.Uuid.ToString() == uuid);
        return others
            ? config.RemoveRange(config.Keys.Where(IsVolatile)).AddRange(instance.Record.Config.Where(c => IsVolatile(c.Key)))
            : config;
    }

    private Task RestoreAsync(ApiRequest request, Core.Instances.Instance instance, InstancePut put)
    {
        // A client may name it with its instance, as it lists it.
        var prefix = instance.Id.Name + "/";
        var name = put.Restore!.StartsWith(prefix, StringComparison.Ordinal) ? put.Restore[prefix.Length..] : put.Restore;
        SnapshotRegistry.Get(instance, name);
        if (put.Stateful)
        {
            throw BerthException.BadRequest("Stateful restore requested but snapshot is stateless");
        }

        return request.AsyncAsync(operations.Start(
            Request(instance, "Restoring snapshot"), (_, cancel) => restorer.RestoreAsync(instance, name, put.DiskOnly, cancel)));
    }

    private Task DeleteAsync(ApiRequest request)
    {
        var instance = Find(request);
        if (instance.Running is not null)
        {
            throw BerthException.BadRequest($"Instance is running: stop {instance.Id} first, or delete it with --force");
        }

        return request.AsyncAsync(operations.Start(Request(instance, "Deleting instance"), (_, cancel) => remover.DeleteAsync(instance, cancel)));
    }
}
