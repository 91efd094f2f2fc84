using Berth.Core.Storage;
using Berth.Storage.Btrfs;
using Berth.Storage.Dir;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Storage.Tests;

/// <summary>A real filesystem in a loop file, and the driver that is tested on it.</summary>
public abstract class FileSystemFixture(string makeCommand, long size) : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berth-storage-").FullName;

    /// <summary>Where it is mounted.</summary>
    public string Root => Path.Combine(_directory, "mnt");

    public abstract IStorageDriver Driver { get; }

    public async ValueTask InitializeAsync()
    {
        var image = Path.Combine(_directory, "fs.img");
        await using (var file = File.Create(image))
        {
            file.SetLength(size);
        }

        await Host.RunAsync([.. makeCommand.Split(' '), image]);
        Directory.CreateDirectory(Root);
        await Host.RunAsync("mount", "-o", "loop", image, Root);
    }

    /// <summary>Ends when the space of what was deleted is free again.</summary>
    public virtual Task SettleAsync() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Host.RunAsync("umount", Root);
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }
}

public sealed class Ext4Fixture() : FileSystemFixture("mke2fs -q -t ext4 -F", 2L << 30)
{
    public override IStorageDriver Driver => new DirDriver(Root, NullLogger<DirDriver>.Instance);
}

public sealed class XfsFixture() : FileSystemFixture("mkfs.xfs -q", 2L << 30)
{
    public override IStorageDriver Driver => new DirDriver(Root, NullLogger<DirDriver>.Instance);
}

public sealed class BtrfsFixture() : FileSystemFixture("mkfs.btrfs -q", 2L << 30)
{
    public override IStorageDriver Driver => new BtrfsDriver(Root, NullLogger<BtrfsDriver>.Instance);
}
