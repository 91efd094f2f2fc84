using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Images.Building;
using Berth.Core.Images.Publishing;
using Berth.Core.Images.Sources;
using Berth.Core.Instances;
using Berth.Core.Operations;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Core.Storage;
using Berth.Daemon.Endpoints;
using Berth.Daemon.Http;
using Berth.Daemon.ImageServers;

namespace Berth.Daemon;

/// <summary>All that the daemon does with images, put together.</summary>
internal sealed class ImageParts
{
    private readonly ImageStore _images;
    private readonly ImageBuilder _builder;
    private readonly ImagePublisher _publisher;
    private readonly ImageMaintenance _maintenance;
    private readonly ImageEndpoints _endpoints;
    private readonly ImageCreateEndpoints _creation;
    private readonly ImageFileEndpoints _files;
    private readonly ImageAliasEndpoints _aliases;

    public ImageParts(
        HostLayout layout,
        ImageStore images,
        ImageContent content,
        InstanceRegistry instances,
        PoolService pools,
        ProfileService profiles,
        ProjectGuard guard,
        ImageSettings settings,
        OperationRegistry operations,
        EventHub events,
        ILogger<ImageMaintenance> log)
    {
        var time = TimeProvider.System;
        var downloader = new ImageDownloader(images, new ImageServerFactory(settings), settings, time);
        var remover = new ImageRemover(images, pools, events);
        var refresher = new ImageRefresher(images, downloader, remover, events) { Allow = guard.AllowImageServer };
        var tokens = new ImageTokens(operations, events);
        _images = images;
        _builder = new(images);
        _publisher = new(images, content, instances, new(layout, images), pools, settings, layout, time);
        _maintenance = new(images, refresher, remover, settings, operations, time, log);
        settings.IntervalChanged = _maintenance.SettingsChanged;
        _endpoints = new(images, tokens, remover, refresher, profiles, operations, events);
        _creation = new(images, tokens, downloader, _publisher, new(images, _builder), settings, profiles, guard, operations, events);
        _files = new(images, tokens, new(images, settings), operations, events);
        _aliases = new(images, events);
        ForInstances = new(downloader, settings, guard);
    }

    public InstanceImages ForInstances { get; }

    /// <summary>Removes what a crash left half-done.</summary>
    public async Task RecoverAsync(CancellationToken cancel)
    {
        await _images.RecoverAsync(cancel);
        _builder.Recover();
        _publisher.Recover();
    }

    /// <summary>Updates and removes images until <paramref name="stop"/>.</summary>
    public Task MaintainAsync(CancellationToken stop) => _maintenance.RunAsync(stop);

    public void Map(ApiRoutes routes)
    {
        _aliases.Map(routes);
        _endpoints.Map(routes);
        _creation.Map(routes);
        _files.Map(routes);
    }
}
