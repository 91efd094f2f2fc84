using Berth.Core.Storage;
using Berth.Linux.Processes;

namespace Berth.Storage.Tests;

/// <summary>A new pool for one test, with an image in it.</summary>
internal sealed class TestPool : IAsyncDisposable
{
    public const uint Base = 1_000_000;

    /// <summary>An image that every pool gets.</summary>
    public static readonly string Image = new('a', 64);

    private readonly FileSystemFixture _fixture;

    private TestPool(FileSystemFixture fixture, PoolRecord record, IStoragePool pool)
    {
        _fixture = fixture;
        Record = record;
        Pool = pool;
    }

    public PoolRecord Record { get; private set; }

    public IStoragePool Pool { get; private set; }

    public string Directory => Record.Config["source"];

    public static async Task<TestPool> CreateAsync(FileSystemFixture fixture, bool withImage = true)
    {
        var cancel = TestContext.Current.CancellationToken;
        var name = "p" + Guid.NewGuid().ToString("N")[..8];
        var record = await fixture.Driver.CreateAsync(new PoolRecord
        {
            Name = name,
            Driver = fixture.Driver.Name,
            Config = new PoolRecord { Name = name, Driver = "" }.Config.SetItem("source", Path.Combine(fixture.Root, name)),
        }, cancel);
        var pool = new TestPool(fixture, record, await fixture.Driver.OpenAsync(record, cancel));
        if (withImage)
        {
            await pool.Pool.AddImageTreeAsync(Image, FillAsync, cancel);
        }

        return pool;
    }

    /// <summary>Users, a set-user-ID program, a link, a device: what matters about ids and safety.</summary>
    public static async Task FillAsync(string tree, CancellationToken cancel) =>
        await Spawner.RunCheckedAsync(["sh", "-ec", """
            cd "$0"
            mkdir -p etc home/user bin dev big/deep var
            echo image > etc/hostname
            echo mine > home/user/file
            chown -R 1000:1000 home/user
            echo prog > bin/su; chmod 4755 bin/su
            ln -s hostname etc/link
            mknod dev/mem c 1 1; chmod 666 dev/mem
            echo x > big/deep/file
            """, tree], null, cancel);

    public async Task ReopenAsync()
    {
        await Pool.CloseAsync(TestContext.Current.CancellationToken);
        await OpenAsync();
    }

    public async Task OpenAsync()
    {
        Pool = await _fixture.Driver.OpenAsync(Record, TestContext.Current.CancellationToken);
    }

    public async Task TrashEmptyAsync() =>
        await ((StoragePool)Pool).WhenTrashEmptyAsync().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var (volume, kind) in Pool.Volumes())
        {
            await Pool.DeleteAsync(volume, kind, CancellationToken.None);
        }

        await Pool.DestroyAsync(CancellationToken.None);
        Assert.Empty(System.IO.Directory.Exists(Directory) ? System.IO.Directory.EnumerateFileSystemEntries(Directory) : []);
    }
}
