using Berth.Core;
using Berth.Core.Instances;
using Microsoft.Win32.SafeHandles;

namespace Berth.Storage;

/// <summary>The volumes of a pool.</summary>
internal sealed partial class StoragePool
{
    public Task CreateContainerRootAsync(string volume, string? fingerprint, uint idBase, long? size, CancellationToken cancel) =>
        MakeAsync(volume, InstanceKind.Container, staging =>
        {
            var tree = fingerprint is null ? null : _images.Tree(fingerprint);
            return _roots.CreateAsync(staging, tree, idBase, Size(size), cancel);
        }, () => Reads(volume, InstanceKind.Container, fingerprint, _images.HasTree, "tree"), cancel);

    public Task CreateMachineDiskAsync(string volume, string? fingerprint, long? size, CancellationToken cancel) =>
        MakeAsync(volume, InstanceKind.Machine, staging =>
        {
            MachineDisks.Create(staging, fingerprint is null ? null : _images.Disk(fingerprint), Size(size));
            return Task.CompletedTask;
        }, () => Reads(volume, InstanceKind.Machine, fingerprint, _images.HasDisk, "disk"), cancel);

    public Task ImportContainerRootAsync(string volume, uint idBase, long? size, Func<string, uint, CancellationToken, Task> fill, CancellationToken cancel) =>
        MakeAsync(volume, InstanceKind.Container, async staging =>
        {
            await _roots.CreateAsync(staging, null, idBase, Size(size), cancel);
            await _roots.FillAsync(staging, idBase, fill, cancel);
        }, () => { }, cancel);

    public Task ImportMachineDiskAsync(string volume, long? size, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        MakeAsync(volume, InstanceKind.Machine, staging => MachineDisks.ImportAsync(staging, Size(size), fill, cancel), () => { }, cancel);

    public Task OverwriteMachineDiskAsync(string volume, Func<string, CancellationToken, Task> fill, CancellationToken cancel) =>
        Change($"write the disk of {volume}", async () =>
        {
            var directory = Existing(volume, InstanceKind.Machine);
            var staging = Path.Combine(_layout.Volumes(InstanceKind.Machine), PoolLayout.StagingName());
            try
            {
                Directory.CreateDirectory(staging, PoolLayout.Traversable);
                await MachineDisks.ImportAsync(staging, null, fill, cancel);
                File.Move(Path.Combine(staging, PoolLayout.DiskFile), Path.Combine(directory, PoolLayout.DiskFile), overwrite: true);
            }
            finally
            {
                Abandon(staging);
            }
        });

    public Task<SafeFileHandle> MountContainerRootAsync(string volume, uint idBase, CancellationToken cancel) =>
        Change($"mount the root of {volume}", () =>
        {
            var directory = Existing(volume, InstanceKind.Container);
            var image = _images.ImageOf(volume, InstanceKind.Container);
            return Task.Run(() => _roots.MountAsync(directory, image is null ? null : _images.Tree(image), idBase, cancel), cancel);
        });

    public string MachineDisk(string volume)
    {
        VolumeName.Check(volume);
        return Path.Combine(_layout.Volume(volume, InstanceKind.Machine), PoolLayout.DiskFile);
    }

    public Task ResizeAsync(string volume, InstanceKind kind, long? size, CancellationToken cancel) =>
        Change($"resize the root of {volume}", () =>
        {
            var directory = Existing(volume, kind);
            return kind == InstanceKind.Container
                ? _roots.ResizeAsync(directory, Size(size), cancel)
                : MachineDisks.ResizeAsync(directory, Size(size), cancel);
        });

    public Task<(long Used, long Total)?> GetUsageAsync(string volume, InstanceKind kind, bool count, CancellationToken cancel) =>
        Change($"read the usage of {volume}", () =>
        {
            var directory = Existing(volume, kind);
            return kind == InstanceKind.Container ? _roots.GetUsageAsync(directory, count, cancel) : Task.FromResult<(long, long)?>(MachineDisks.Usage(directory));
        });

    public Task RenameAsync(string volume, string newName, InstanceKind kind, CancellationToken cancel) =>
        Change($"rename {volume} to {newName}", () =>
        {
            var from = Existing(volume, kind);
            var to = Free(newName, kind);
            cancel.ThrowIfCancellationRequested();
            Directory.Move(from, to);
            _images.RenameReader(volume, newName, kind);
            return Task.CompletedTask;
        });

    public Task CopyAsync(string volume, string newName, InstanceKind kind, uint idBase, uint newIdBase, CancellationToken cancel) =>
        CopyWithSnapshotsAsync(volume, null, newName, kind, idBase, newIdBase, [], cancel);

    public Task DeleteAsync(string volume, InstanceKind kind, CancellationToken cancel) =>
        Change($"delete {volume}", () =>
        {
            VolumeName.Check(volume);
            cancel.ThrowIfCancellationRequested();
            var directory = _layout.Volume(volume, kind);
            if (Directory.Exists(directory))
            {
                _trash.Take(directory);
            }

            _images.RemoveReader(volume, kind);
            return Task.CompletedTask;
        });

    public Task WriteConfigCopyAsync(string volume, InstanceKind kind, ReadOnlyMemory<byte> json, CancellationToken cancel) =>
        Change($"write the configuration copy of {volume}", () => ConfigCopy.WriteAsync(Existing(volume, kind), json, cancel));

    /// <summary>Makes a volume in a staging directory and gives it its name when it is whole; leaves nothing when that fails.</summary>
    /// <param name="readImage">Registers the new volume as a reader of its image.</param>
    private Task MakeAsync(string volume, InstanceKind kind, Func<string, Task> make, Action readImage, CancellationToken cancel) =>
        Change($"make {volume}", async () =>
        {
            var target = Free(volume, kind);
            cancel.ThrowIfCancellationRequested();
            readImage();
            var staging = Path.Combine(_layout.Volumes(kind), PoolLayout.StagingName());
            try
            {
                Directory.CreateDirectory(staging, kind == InstanceKind.Container ? PoolLayout.Private : PoolLayout.Traversable);
                if (_images.ImageOf(volume, kind) is { } image)
                {
                    File.CreateSymbolicLink(Path.Combine(staging, PoolLayout.ImageLink), Path.Combine("..", "..", "images", image));
                }

                await make(staging);
                Directory.Move(staging, target);
                _images.Made(volume, kind);
            }
            catch
            {
                Abandon(staging);
                _images.RemoveReader(volume, kind);
                throw;
            }
        });

    private void Abandon(string staging)
    {
        try
        {
            if (Directory.Exists(staging))
            {
                _trash.Take(staging);
            }
        }
        catch (IOException e)
        {
            // The first error is the one to tell; what is left has a staging name, which OpenAsync removes.
            _log.NotRemoved(staging, e.Message);
        }
    }

    private void Reads(string volume, InstanceKind kind, string? fingerprint, Func<string, bool> has, string what)
    {
        if (fingerprint is not null)
        {
            _images.AddReader(volume, kind, Fingerprint(fingerprint), has, what);
        }
    }

    private string Existing(string volume, InstanceKind kind)
    {
        VolumeName.Check(volume);
        var directory = _layout.Volume(volume, kind);
        return Directory.Exists(directory)
            ? directory
            : throw BerthException.NotFound($"Storage pool {Record.Name} has no {Noun(kind)} volume {volume}");
    }

    private string Free(string volume, InstanceKind kind)
    {
        VolumeName.Check(volume);
        var directory = _layout.Volume(volume, kind);
        return !Path.Exists(directory)
            ? directory
            : throw BerthException.Conflict($"Storage pool {Record.Name} has a {Noun(kind)} volume {volume} already");
    }

    private static string Noun(InstanceKind kind) => kind == InstanceKind.Container ? "container" : "machine";

    private static long? Size(long? size) =>
        size is null or > 0 ? size : throw BerthException.BadRequest($"A root of {size} bytes is of no use: give a larger size, or none for no limit");
}
