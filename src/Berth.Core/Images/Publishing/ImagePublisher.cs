using Berth.Core.Images.Archives;
using Berth.Core.Images.Import;
using Berth.Core.Instances;
using Berth.Core.Instances.Templates;
using Berth.Core.Snapshots;
using Berth.Core.Storage;
using Berth.Linux.Processes;

namespace Berth.Core.Images.Publishing;

/// <summary>A request that was checked.</summary>
/// <param name="Snapshot">What it is made of; null: the instance as it is.</param>
public sealed record PublishPlan(PublishRequest Request, Instance Instance, SnapshotRecord? Snapshot, Compressor Compression, bool Split);

/// <summary>Makes images of instances. One at a time: each takes all the processor and the disk that it gets.</summary>
public sealed class ImagePublisher(
    ImageStore images,
    ImageContent content,
    InstanceRegistry instances,
    InstanceMetadata metadata,
    PoolService pools,
    ImageSettings settings,
    HostLayout layout,
    TimeProvider time)
{
    private const string WorkPrefix = "publish-";
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Checks a request. Nothing is made yet.</summary>
    /// <exception cref="BerthException">NotFound, BadRequest, Conflict or Unsupported with the reason.</exception>
    public PublishPlan Plan(PublishRequest request)
    {
        if (request.Source.Length == 0)
        {
            throw BerthException.BadRequest("No source provided: send the name of the instance as source.name");
        }

        var names = request.Source.Split('/', 2);
        if (names.Length == 2 != request.FromSnapshot)
        {
            throw BerthException.BadRequest(request.FromSnapshot
                ? $"\"{request.Source}\" names no snapshot: send it as instance/snapshot"
                : $"\"{request.Source}\" is the name of a snapshot: send source.type=snapshot");
        }

        var instance = instances.Get(request.InstanceProject, names[0]);
        var snapshot = names.Length == 2 ? SnapshotRegistry.Get(instance, names[1]) : null;
        var split = request.Format switch
        {
            "unified" => false,
            "split" => true,
            "" => instance.Record.Kind == InstanceKind.Machine,
            var other => throw BerthException.BadRequest($"There is no image format \"{other}\"; available: unified, split"),
        };
        if (snapshot is null)
        {
            RequireStopped(instance);
        }

        images.RefuseTaken(request.Project, request.Aliases);
        return new(request, instance, snapshot, settings.Compression(request.InstanceProject, request.Compression), split);
    }

    /// <summary>Makes the image. The instance is held meanwhile.</summary>
    /// <param name="progress">Told how much was packed.</param>
    public async Task<ImageRecord> PublishAsync(PublishPlan plan, Action<string> progress, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            using var hold = await plan.Instance.HoldAsync("publish", cancel);
            if (plan.Snapshot is { } snapshot)
            {
                SnapshotRegistry.Get(plan.Instance, snapshot.Name);
            }
            else
            {
                RequireStopped(plan.Instance);
            }

            await using var import = images.BeginImport();
            var meter = new Sources.DownloadMeter(time, text => progress("Image pack: " + text));
            var head = await HeadAsync(plan, cancel);
            await (plan.Instance.Record.Kind == InstanceKind.Container
                ? PackContainerAsync(plan, head, import, packed => meter.Update(packed, 0), cancel)
                : PackMachineAsync(plan, head, import, packed => meter.Update(packed, 0), cancel));
            return await import.CompleteAsync(
                new()
                {
                    Project = plan.Request.Project,
                    Filename = plan.Request.Filename.Length > 0 ? plan.Request.Filename : null,
                    Public = plan.Request.Public,
                    Profiles = plan.Request.Profiles,
                    Aliases = plan.Request.Aliases,
                },
                cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Removes what a crash left. Called once before the API opens.</summary>
    public void Recover()
    {
        if (Directory.Exists(layout.Cache))
        {
            foreach (var directory in Directory.EnumerateDirectories(layout.Cache, WorkPrefix + "*"))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static void RequireStopped(Instance instance)
    {
        if (instance.Running is not null)
        {
            throw BerthException.BadRequest($"The instance {instance.Id} is running: stop it first, or publish it with --force");
        }
    }

    /// <summary>What the instance keeps of its image goes into the new one, templates too.</summary>
    private async Task<ImageHead> HeadAsync(PublishPlan plan, CancellationToken cancel)
    {
        var record = plan.Instance.Record;
        var own = await metadata.ReadAsync(record, cancel);
        var templates = new List<(string Name, byte[] Content)>();
        foreach (var name in metadata.Templates(record.Id))
        {
            templates.Add((name, await metadata.ReadTemplateAsync(record.Id, name, cancel)));
        }

        var described = own with
        {
            Architecture = record.Architecture,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = plan.Request.ExpiresAt ?? DateTimeOffset.UnixEpoch,
            Properties = plan.Request.Properties.IsEmpty ? own.Properties : plan.Request.Properties,
        };
        return new(described, templates, null);
    }

    private async Task PackContainerAsync(PublishPlan plan, ImageHead head, ImageImport import, Action<long> progress, CancellationToken cancel)
    {
        var record = plan.Instance.Record;
        var pool = pools.Get(record.Pool);
        using var root = plan.Snapshot is { } snapshot
            ? await pool.MountSnapshotAsync(record.Id.Key, snapshot.Name, record.IdBase, cancel)
            : await pool.MountContainerRootAsync(record.Id.Key, record.IdBase, cancel);
        if (plan.Split)
        {
            await TarStream.ImportAsync(head.WriteWholeAsync, plan.Compression, import, "metadata.tar", progress, cancel);
            await TarStream.ImportAsync(
                (output, stop) => RootArchive.WriteAsync(root, record.IdBase, "", output, stop), plan.Compression, import, "rootfs.tar", progress, cancel);
            return;
        }

        await TarStream.ImportAsync(
            async (output, stop) =>
            {
                await head.WriteAsync(output, stop);
                await RootArchive.WriteAsync(root, record.IdBase, "rootfs", output, stop);
            },
            plan.Compression, import, "image.tar", progress, cancel);
    }

    private async Task PackMachineAsync(PublishPlan plan, ImageHead head, ImageImport import, Action<long> progress, CancellationToken cancel)
    {
        var record = plan.Instance.Record;
        var pool = pools.Get(record.Pool);
        var whole = head with { Boot = record.Image.Length > 0 ? await content.EnsureDiskAsync(pool, record.Image, cancel) : null };
        var work = Directory.CreateDirectory(Path.Combine(layout.Cache, WorkPrefix + Guid.NewGuid().ToString("N"))).FullName;
        try
        {
            const string disk = "rootfs.img";
            var source = plan.Snapshot is { } snapshot ? pool.SnapshotDisk(record.Id.Key, snapshot.Name) : pool.MachineDisk(record.Id.Key);
            var path = Path.Combine(work, disk);
            await Tool.RunAsync(
                ["qemu-img", "convert", "-q", .. plan.Compression.IsNone ? Array.Empty<string>() : ["-c"], "-f", "qcow2", "-O", "qcow2", source, path],
                new CommandOptions { Timeout = TarStream.Timeout }, cancel);
            if (plan.Split)
            {
                await TarStream.ImportAsync(whole.WriteWholeAsync, plan.Compression, import, "metadata.tar", progress, cancel);
                await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
                await import.AddFileAsync(file, disk, progress, cancel);
                return;
            }

            await TarStream.ImportAsync(
                async (output, stop) =>
                {
                    await whole.WriteAsync(output, stop);
                    await Tool.RunAsync(
                        ["tar", "--create", "--format=pax", "--owner=0", "--group=0", "--numeric-owner", "--file=-", disk],
                        new CommandOptions { WorkingDirectory = work, StdoutTo = output, Timeout = TarStream.Timeout }, stop);
                },
                plan.Compression, import, "image.tar", progress, cancel);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
