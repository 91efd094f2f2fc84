using Berth.Containers;
using Berth.Core;
using Berth.Core.Backups;
using Berth.Core.Devices;
using Berth.Core.Devices.Proxies;
using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Instances;
using Berth.Core.Instances.Templates;
using Berth.Core.Networks;
using Berth.Core.Operations;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Core.Security;
using Berth.Core.Snapshots;
using Berth.Core.Server;
using Berth.Core.State;
using Berth.Core.Storage;
using Berth.Core.Storage.Volumes;
using Berth.Core.Warnings;
using Berth.Daemon.Access;
using Berth.Daemon.Endpoints;
using Berth.Daemon.GuestApi;
using Berth.Daemon.Host;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;
using Berth.Linux.Cgroups;
using Berth.Machines;
using Berth.Storage;
using Berth.Storage.Btrfs;
using Berth.Storage.Dir;

namespace Berth.Daemon;

/// <summary>Every part of the daemon, put together by hand: what depends on what can be read here.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private readonly HostLayout _layout;
    private readonly IStateStore _store;
    private readonly ILoggerFactory _logs;
    private readonly EventHub _events;
    private readonly OperationRegistry _operations;
    private readonly ServerConfig _config;
    private readonly WarningService _warnings;
    private readonly TrustStore _trust;
    private readonly TrustTokens _tokens;
    private readonly ServerCertificate _certificate;
    private readonly HttpsServer _https;
    private readonly NetworkService _networks;
    private readonly IStorageDriver[] _drivers;
    private readonly PoolService _pools;
    private readonly ProjectService _projects;
    private readonly ProjectGuard _guard;
    private readonly ProjectManager _projectManager;
    private readonly ProfileService _profiles;
    private readonly ImageStore _images;
    private readonly ImageParts _imageParts;
    private readonly InstanceRegistry _instances;
    private readonly GuestPeers _guests;
    private readonly InstanceNics _nics;
    private readonly InstanceMetadata _metadata;
    private readonly InstanceLifecycle _lifecycle;
    private readonly InstanceCreator _creator;
    private readonly InstanceRemover _remover;
    private readonly InstanceConfigurator _configurator;
    private readonly InstanceFilesService _files;
    private readonly VolumeService _volumes;
    private readonly VolumeUsers _volumeUsers;
    private readonly BackupStore _backups;
    private readonly InstanceBackups _instanceBackups;
    private readonly BackupSettings _backupSettings;
    private readonly ExpiryKeeper _expiry;
    private readonly SnapshotParts _snapshots;
    private readonly IdleTimer _idle;
    private readonly LxcProgram _lxc = new(Path.Combine(AppContext.BaseDirectory, "berth-lxc"));
    private readonly Lazy<ApiRoutes> _routes;
    private string _lxcVersion = "";
    private string _qemuVersion = "";

    public Composition(HostLayout layout, IStateStore store, EventHub events, ILoggerFactory logs, ILoggerProvider provider, LogLevel level)
    {
        _layout = layout;
        _store = store;
        _logs = logs;
        _events = events;
        var time = TimeProvider.System;
        var log = logs.CreateLogger(nameof(IdleMemory));
        _idle = new(time, () => IdleMemory.GiveBack(log));
        _config = new(store, events);
        _warnings = new(store, events, time);
        _operations = new(events, time, Log<OperationRegistry>());
        _networks = new(store, layout, events, time, Log<NetworkService>());
        var devices = new DeviceValidator(_networks.ValidateNic);
        _projects = new(store);
        _profiles = new(store, _projects, events, devices);
        _drivers = [new DirDriver(layout.Pools, Log<DirDriver>()), new BtrfsDriver(layout.Pools, Log<BtrfsDriver>())];
        _pools = new(
            store,
            _drivers,
            StorageDrivers.Auto,
            layout,
            events,
            Log<PoolService>());
        _images = new(layout, store, time);
        var content = new ImageContent(_images);
        _instances = new(store);
        Guests = new(layout);
        _guests = new(layout, _instances);
        _nics = new(_networks, _profiles, _instances);
        _volumeUsers = new(_instances, _profiles, VolumeProject);
        _volumes = new(store, _pools, _instances, _volumeUsers, VolumeProject, events, time, Log<VolumeService>());
        _guard = new(_projects, _profiles, _instances);
        var parts = new DeviceBuilder(new(_volumes), _pools);
        var proxies = new ProxyService(layout.NftTable, Log<ProxyService>());
        var plug = new DevicePlug(parts, _nics, proxies, _profiles);
        var specs = new RunSpecBuilder(layout, _profiles, _pools, _nics, new(content), parts);
        IEngine[] engines =
        [
            new ContainerEngine(_lxc, Log<ContainerEngine>()),
            new MachineEngine(CgroupHost.Detect(), Log<MachineEngine>()) { GuestApi = Guests.ConnectAsync },
        ];
        _metadata = new(layout, _images);
        _lifecycle = new(_instances, specs, _nics, proxies, new(_metadata, _profiles), _profiles, engines, events, time, Log<InstanceLifecycle>());
        _creator = new(_instances, _profiles, _projects, _guard, devices, plug, _pools, _images, content, _nics, events, layout, time) { Metadata = _metadata };
        var snapshots = new SnapshotRegistry(store);
        _remover = new(_instances, _lifecycle, _creator, _nics, _profiles, _pools, snapshots, layout, events, Log<InstanceRemover>());
        _configurator = new(_instances, _creator, _profiles, _projects, _guard, _pools, _nics, plug, layout, events, time);
        _files = new(_lifecycle, specs);
        var imageSettings = new ImageSettings(_config, _projects);
        _backupSettings = new(_config, _projects);
        _imageParts = new(layout, _images, content, _instances, _pools, _profiles, _guard, imageSettings, _operations, events, Log<ImageMaintenance>());
        _backups = new(store, layout, time);
        _remover.Removed = record => _backups.DeleteAll(record.Uuid.ToString());
        _volumes.Deleted = volume => _backups.DeleteAll(volume.Config[VolumeConfig.Uuid]);
        _volumes.ProjectChanged = (volume, from) => _backups.MoveAll(volume.Config[VolumeConfig.Uuid], from, volume.Project);
        _snapshots = new(
            snapshots, store, _instances, _lifecycle, _creator, _nics, _profiles, _pools, _volumes, new(_pools, _profiles, _images, content), events, time, logs);
        _instanceBackups = new(_creator, snapshots, _pools, _images, _backups, new(_instances, _profiles, _pools, time), _snapshots.Merger.Kick);
        _expiry = new(_backups, time, Log<ExpiryKeeper>());
        _expiry.Attach();
        _nics.Attach();
        _remover.Attach();
        _configurator.Attach();
        _profiles.Guard = _guard.Check;
        var customVolumes = new VolumesInProject(_volumes);
        _guard.Volumes = customVolumes.Counted;
        IProjectContent[] contents =
        [
            new InstancesInProject(_instances, _lifecycle, _remover),
            new ProfilesInProject(_profiles),
            new ImagesInProject(_images, _pools, events),
            customVolumes,
        ];
        _trust = new(store, _projects, events);
        _tokens = new(_operations, time);
        _projectManager = new(_projects, _profiles, _guard, contents, () => _pools.List().Select(p => p.Name), events) 
        {
            Moved = _trust.FollowProject,
            Changed = () => imageSettings.IntervalChanged?.Invoke(),
        };
        _certificate = new(layout, time);
        _routes = new(Routes);
        _https = new(_certificate, new(_trust, time), () => _routes.Value, provider, level, Log<HttpsServer>());
        HttpsKeys.Register(_config, _https);
    }

    /// <summary>Brings the host to what the state says, before the API opens.</summary>
    public async Task RecoverAsync(CancellationToken cancel)
    {
        EnsureDefaults();
        await _imageParts.RecoverAsync(cancel);
        await Task.WhenAll(_pools.OpenAllAsync(cancel), _networks.StartAsync(cancel));
        _lxcVersion = await _lxc.FindVersionAsync(cancel);
        _qemuVersion = await MachineEngine.FindVersionAsync(cancel);
        var warnings = new HostWarnings(_warnings, _pools, _networks);
        warnings.Check(CgroupHost.Detect(), _lxcVersion, _qemuVersion);
        await new InstanceRecovery(
            _store, _instances, _lifecycle, _creator, _remover, _profiles, _volumes, _snapshots.Registry, Log<InstanceRecovery>())
        {
            Autostarted = warnings.Autostarted,
        }.RunAsync(cancel);
        _backups.Recover();
        _ = Task.Run(() => _expiry.RunAsync(cancel), cancel);
        await _snapshots.RecoverAsync(cancel);
    }

    /// <summary>The project that a project's custom volumes are kept in.</summary>
    private string VolumeProject(string project) => _projects.Effective(ProjectFeature.Volumes, project);

    /// <summary>What is done while nobody asks, until <paramref name="stop"/>.</summary>
    public Task MaintainAsync(CancellationToken stop)
    {
        _idle.Note();
        return _imageParts.MaintainAsync(stop);
    }

    /// <summary>What is always there: the default project and its profile.</summary>
    internal void EnsureDefaults()
    {
        _projects.EnsureDefault();
        _profiles.EnsureDefault();
    }

    /// <summary>Every route that there is.</summary>
    internal ApiRoutes Table => _routes.Value;

    /// <summary>Serves the API: on the unix socket's server, and over HTTPS where that is configured.</summary>
    public void MapRoutes(IEndpointRouteBuilder server) => _routes.Value.MapOn(server, Callers.Local);

    public Task ServeHttpsAsync(CancellationToken cancel) => _https.TryListenAsync(_config.Get(HttpsKeys.Address), cancel);

    public async ValueTask DisposeAsync()
    {
        await _https.DisposeAsync();
        _idle.Dispose();
    }

    /// <summary>The table of all that the API serves.</summary>
    private ApiRoutes Routes()
    {
        var routes = new ApiRoutes(_projects, new(_guard), _idle.Note, Log<ApiRoutes>());
        var snapshotMap = new SnapshotMap(_profiles);
        var map = new InstanceMap(_profiles);
        var states = new InstanceStates(_profiles, _pools, Log<InstanceStates>());
        var facts = new ServerFacts(_pools, new Dictionary<string, string> { ["lxc"] = _lxcVersion, ["qemu"] = _qemuVersion });
        new ServerEndpoints(facts, _config, _certificate, _drivers).Map(routes);
        End.Map(routes);
        new AccessEndpoints(_trust, _projects, _instances).Map(routes);
        new CertificateEndpoints(_trust, _tokens, _certificate, _config, TimeProvider.System).Map(routes);
        new ProjectEndpoints(_projectManager, _projects, _guard, _networks, _operations).Map(routes);
        new OperationEndpoints(_operations, _events).Map(routes);
        new EventEndpoints(_events).Map(routes);
        new ProfileEndpoints(_profiles, _configurator).Map(routes);
        new StorageEndpoints(_pools, _instances, _profiles, _volumes, _guard).Map(routes);
        var volumeBackups = new VolumeBackups(_volumes, _pools);
        new VolumeEndpoints(_pools, _volumes, new(_instances, _pools, _volumes, _volumeUsers), volumeBackups, _guard, _operations).Map(routes);
        new VolumeBackupEndpoints(_volumes, volumeBackups, _backups, _backupSettings, _guard, _operations, _events).Map(routes);
        var instanceBackups = new InstanceBackupEndpoints(_instances, _instanceBackups, _backups, _backupSettings, _guard, _operations, _events);
        instanceBackups.Map(routes);
        new VolumeSnapshotEndpoints(_volumes, _operations).Map(routes);
        new NetworkEndpoints(_networks, _instances, _profiles, _guard).Map(routes);
        _imageParts.Map(routes);
        var copies = new InstanceCopyEndpoints(
            _instances, _snapshots.Copier, _snapshots.Mover, _snapshots.Rebuilder, _configurator, _lifecycle, map, _images, _operations);
        copies.Map(routes);
        new InstanceEndpoints(
            _instances, _creator, _configurator, _remover, _lifecycle, states, map, new(map, snapshotMap, _backups), copies, _snapshots.Restorer, _images, _imageParts.ForInstances, _operations, instanceBackups).Map(routes);
        new SnapshotEndpoints(_instances, _snapshots.Service, snapshotMap, _operations).Map(routes);
        new InstanceStateEndpoints(_instances, _lifecycle, states, _operations).Map(routes);
        new ExecEndpoints(_instances, _operations, _layout, _events).Map(routes);
        new ConsoleEndpoints(_instances, _operations, _layout, _events).Map(routes);
        new FileEndpoints(_instances, _files, _events).Map(routes);
        new MetadataEndpoints(_instances, _metadata, _events).Map(routes);
        ResourceEndpoints.Map(routes);
        new WarningEndpoints(_warnings).Map(routes);
        new MetricsEndpoints(
            _instances, new(states, _profiles, TimeProvider.System), new(_operations, _warnings, _pools, TimeProvider.System)).Map(routes);
        new LogEndpoints(_instances, _layout, _events).Map(routes);
        new SftpEndpoints(_instances, _files, Log<SftpEndpoints>()).Map(routes);
        return routes;
    }

    /// <summary>The end that somebody asks for over the API.</summary>
    public DaemonEnd End { get; } = new();

    /// <summary>Where connections to the guest API come from.</summary>
    public GuestTransport Guests { get; }

    /// <summary>The routes that guests see.</summary>
    public void MapGuestRoutes(IEndpointRouteBuilder server) =>
        new GuestEndpoints(_guests, _profiles, _lifecycle, _images, _events, Log<GuestEndpoints>()).Map(server);

    /// <summary>Stops every instance because the host shuts down, or because somebody asks for that.</summary>
    public async Task ShutDownHostAsync()
    {
        await new HostShutdown(_instances, _lifecycle, _profiles, Log<HostShutdown>()).RunAsync();
        InstanceRecovery.ForgetBoot(_store);
    }

    private ILogger<T> Log<T>() => _logs.CreateLogger<T>();
}
