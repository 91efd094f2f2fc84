using Berth.Api;
using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Instances.Templates;
using Berth.Core.Projects;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/metadata</c> and its templates: what the instance keeps of its image.</summary>
internal sealed class MetadataEndpoints(InstanceRegistry registry, InstanceMetadata metadata, EventHub events)
{
    private const string Templates = "metadata/templates";

    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/instances/{name}/metadata", GetAsync)
        .Put("/1.0/instances/{name}/metadata", request => UpdateAsync(request, request.ReadAsync(BerthJson.Default.ImageMetadata)))
        .Patch("/1.0/instances/{name}/metadata", async request => await UpdateAsync(request, JsonPatch.ReadAsync(request, await ReadAsync(request, Find(request)), BerthJson.Default.ImageMetadata)))
        .Get("/1.0/instances/{name}/metadata/templates", GetTemplateAsync)
        .Post("/1.0/instances/{name}/metadata/templates", WriteTemplateAsync)
        .Delete("/1.0/instances/{name}/metadata/templates", DeleteTemplateAsync);

    private Core.Instances.Instance Find(ApiRequest request) => registry.Get(request.Project, request.Route("name"));

    private async Task<ImageMetadata> ReadAsync(ApiRequest request, Core.Instances.Instance instance) =>
        ImageMetadataMap.ToWire(await metadata.ReadAsync(instance.Record, request.Aborted));

    private async Task GetAsync(ApiRequest request)
    {
        var instance = Find(request);
        var present = await ReadAsync(request, instance);
        Announce("instance-metadata-retrieved", instance, "metadata");
        await request.WithETag(present, BerthJson.Default.ImageMetadata).SyncAsync(present, BerthJson.Default.ImageMetadata);
    }

    private async Task UpdateAsync(ApiRequest request, Task<ImageMetadata> reading)
    {
        var instance = Find(request);
        var wanted = await reading;
        request.RequireMatch(await ReadAsync(request, instance), BerthJson.Default.ImageMetadata);
        await metadata.WriteAsync(instance.Record, ImageMetadataMap.FromWire(wanted), request.Aborted);
        Announce("instance-metadata-updated", instance, "metadata");
        await request.EmptyAsync();
    }

    private async Task GetTemplateAsync(ApiRequest request)
    {
        var instance = Find(request);
        if (request.Query("path") is not { Length: > 0 } name)
        {
            await request.SyncAsync(metadata.Templates(instance.Id), BerthJson.Default.StringList);
            return;
        }

        var content = await metadata.ReadTemplateAsync(instance.Id, name, request.Aborted);
        Announce("instance-metadata-template-retrieved", instance, Templates, RequirePath(request));
        await request.BytesAsync(content);
    }

    private async Task WriteTemplateAsync(ApiRequest request)
    {
        var instance = Find(request);
        await metadata.WriteTemplateAsync(instance.Id, RequirePath(request), await request.ReadBodyAsync(), request.Aborted);
        Announce("instance-metadata-template-created", instance, Templates, RequirePath(request));
        await request.EmptyAsync();
    }

    private Task DeleteTemplateAsync(ApiRequest request)
    {
        var instance = Find(request);
        metadata.DeleteTemplate(instance.Id, RequirePath(request));
        Announce("instance-metadata-template-deleted", instance, Templates, RequirePath(request));
        return request.EmptyAsync();
    }

    private static string RequirePath(ApiRequest request) =>
        request.Query("path") is { Length: > 0 } name ? name : throw BerthException.BadRequest("missing path argument: name the template, ?path=hostname.tpl");

    private void Announce(string action, Core.Instances.Instance instance, string part, string? template = null) => events.Lifecycle(
        action, instance.Id.Project, ApiPath.In(instance.Id.Project, $"/1.0/instances/{instance.Id.Name}/{part}"), instance.Id.Name,
        template is null ? null : ImageEvents.Context("path", template));
}
