using System.Text;
using Berth.Core;
using Berth.Core.Storage.Volumes;
using Berth.Linux.Files;
using Berth.Linux.Mounts;
using Berth.Linux.Trees;
using Berth.Storage.Btrfs;
using Microsoft.Win32.SafeHandles;
using Filesystem = Berth.Linux.Files.Btrfs;

namespace Berth.Storage.Custom;

/// <summary>Filesystem volumes as btrfs subvolumes: a copy is a snapshot, a size is a quota.</summary>
internal sealed class SubvolumeTrees(SubvolumeQuota quota) : IVolumeTrees
{
    private const string Tree = "tree";
    private const string CompressionAttribute = "btrfs.compression";

    public Task CreateAsync(string directory, long? size, VolumeRoot root, CancellationToken cancel) => Task.Run(() =>
    {
        var tree = TreeIn(directory);
        Filesystem.CreateSubvolume(tree);
        FileOperations.SetOwner(tree, root.Uid, root.Gid);
        File.SetUnixFileMode(tree, root.Mode);
        if (size is not null)
        {
            quota.Limit(tree, size);
        }
    }, cancel);

    public SafeFileHandle Mount(string directory, MountAttributes attributes)
    {
        var mount = MountApi.CloneTree(TreeIn(directory), recursive: false);
        try
        {
            MountApi.SetAttributes(mount, attributes, propagation: MountPropagation.Private);
            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    public Task ResizeAsync(string directory, long? size, bool inUse, CancellationToken cancel) => Task.Run(() =>
    {
        var tree = TreeIn(directory);
        if (size is { } bytes && (Filesystem.ReadLimit(tree)?.Used ?? TreeUsage.Bytes(tree, cancel)) is var used && used > bytes)
        {
            throw BerthException.BadRequest(
                $"The volume holds {used} bytes already: a size of {bytes} bytes would leave it unable to take more. Delete files first, or give a larger size");
        }

        quota.Change(tree, size);
    }, cancel);

    public Task<(long Used, long Total)> GetUsageAsync(string directory, CancellationToken cancel) => Task.Run(() =>
        Filesystem.ReadLimit(TreeIn(directory)) is { } limit ? limit : (TreeUsage.Bytes(TreeIn(directory), cancel), 0), cancel);

    public Task CopyAsync(string from, string to, bool inUse, CancellationToken cancel) => Task.Run(() =>
    {
        var (source, tree) = (TreeIn(from), TreeIn(to));
        Filesystem.Snapshot(source, tree, readOnly: false);
        if (Filesystem.ReadLimit(source) is { Limit: > 0 } limit)
        {
            quota.Limit(tree, limit.Limit);
        }
    }, cancel);

    public void SetCompression(string directory, string? algorithm)
    {
        if (algorithm is null)
        {
            FileOperations.RemoveExtendedAttribute(TreeIn(directory), CompressionAttribute);
        }
        else
        {
            FileOperations.SetExtendedAttribute(TreeIn(directory), CompressionAttribute, Encoding.ASCII.GetBytes(algorithm));
        }
    }

    private static string TreeIn(string directory) => Path.Combine(directory, Tree);
}
