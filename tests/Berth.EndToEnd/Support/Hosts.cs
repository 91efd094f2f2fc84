namespace Berth.EndToEnd.Support;

/// <summary>What a class of tests runs against: one daemon on one kind of pool.</summary>
public abstract class TestHost : IAsyncLifetime
{
    private Server? _server;

    internal Server Server => _server ?? throw new InvalidOperationException("the daemon is not started yet");

    public abstract string Driver { get; }

    public async ValueTask InitializeAsync()
    {
        _server = await Server.StartAsync(await NewPlaceAsync(), Driver);
        try
        {
            await ProvideAsync(_server);
            await UseOnceAsync(_server);
        }
        catch
        {
            // The runner does not dispose of what did not come up.
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>What the first instance brings for good (the unpacked image, the root of the cgroups) is no leftover of a test.</summary>
    private static async Task UseOnceAsync(Server server)
    {
        await server.BerthAsync("launch", BusyboxImage.Alias, "first");
        await server.BerthAsync("delete", "--force", "first");
        await server.Place.TrashEmptiedAsync(CancellationToken.None);
    }

    private protected abstract Task<Place> NewPlaceAsync();

    private protected virtual Task ProvideAsync(Server server) => BusyboxImage.ImportAsync(server);
}

/// <summary>A <c>dir</c> pool: roots are overlays.</summary>
public class DirHost : TestHost
{
    public override string Driver => "dir";

    private protected override Task<Place> NewPlaceAsync() => Task.FromResult(Place.OnHost());
}

/// <summary>A <c>btrfs</c> pool: roots are snapshots.</summary>
public class BtrfsHost : TestHost
{
    public override string Driver => "btrfs";

    private protected override Task<Place> NewPlaceAsync() => Place.OnBtrfsAsync();
}

/// <summary>With the Debian image too, which takes a while the first time: shared by all tests that need it.</summary>
public sealed class DebianHost : DirHost
{
    private protected override async Task ProvideAsync(Server server)
    {
        await base.ProvideAsync(server);
        await DebianImage.Plain.ProvideAsync(server);

        // The image's tree and disk are made at their first use, for good.
        foreach (var options in new string[][] { [], ["--vm"] })
        {
            await server.BerthAsync(["create", DebianImage.Alias, "prepared", .. options]);
            await server.BerthAsync("delete", "prepared");
        }
    }
}

[CollectionDefinition(nameof(DebianHost))]
public sealed class DebianCollection : ICollectionFixture<DebianHost>;
