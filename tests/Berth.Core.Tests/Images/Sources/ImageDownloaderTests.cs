using System.Collections.Immutable;
using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Images.Sources;
using Berth.Core.Server;
using Berth.Core.Storage;

namespace Berth.Core.Tests.Images.Sources;

public sealed class ImageDownloaderTests : IDisposable
{
    private readonly TestHost _host = new();
    private readonly FakeImageServers _servers = new();
    private readonly ServerConfig _config;
    private readonly ImageDownloader _downloader;
    private readonly ImageRefresher _refresher;
    private readonly ImageRemover _remover;
    private readonly ImageSettings _settings;
    private readonly EventHub _events = new(TimeProvider.System);

    public ImageDownloaderTests()
    {
        _config = new(_host.State, _events);
        _settings = new(_config, new(_host.State));
        _downloader = new(_host.Store, _servers, _settings, TimeProvider.System);
        var pools = new PoolService(_host.State, [], _ => "dir", _host.Layout, _events, Microsoft.Extensions.Logging.Abstractions.NullLogger<PoolService>.Instance);
        _remover = new(_host.Store, pools, _events);
        _refresher = new(_host.Store, _downloader, _remover, _events);
    }

    public void Dispose()
    {
        _config.Dispose();
        _host.Dispose();
    }

    private static ImageFetch Fetch(string project = "default", string? alias = null) => new()
    {
        Project = project,
        Source = new() { Server = "https://images.example", Protocol = "simplestreams", Alias = "test/1", ImageType = ImageType.Container },
        AutoUpdate = true,
        Aliases = alias is null ? [] : [(alias, "")],
    };

    private Task<ImageRecord> FetchAsync(ImageFetch fetch, CancellationToken? cancel = null) =>
        _downloader.FetchAsync(fetch, _ => { }, cancel ?? TestHost.Cancel);

    [Fact]
    public async Task An_image_comes_with_what_its_server_says_and_what_was_asked_for()
    {
        var progress = new List<string>();
        var fetch = Fetch(alias: "mine") with { Public = true, Properties = ImmutableSortedDictionary<string, string>.Empty.Add("note", "x") };
        var image = await _downloader.FetchAsync(fetch, progress.Add, TestHost.Cancel);
        Assert.NotNull(_host.Store.Find("default", image.Fingerprint));
        Assert.Equal(("Remote", "x"), (image.Properties["os"], image.Properties["note"]));
        Assert.True(image is { Public: true, AutoUpdate: true, Cached: false });
        Assert.Equal(fetch.Source, image.Source);
        Assert.Equal("mine", Assert.Single(_host.Store.AliasesOf("default", image.Fingerprint)).Name);
        Assert.StartsWith("100% (", progress[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_is_asked_for_twice_at_a_time_is_loaded_once()
    {
        _servers.Close();
        var first = FetchAsync(Fetch(alias: "first"));
        await _servers.Begun.WaitAsync(TestHost.Cancel);
        var second = FetchAsync(Fetch(alias: "second"));
        var third = FetchAsync(Fetch("other"));
        _servers.Gate.SetResult();
        await Task.WhenAll(first, second, third);
        Assert.Equal(1, _servers.Downloads);
        Assert.Equal(["first", "second"], _host.Store.ListAliases().Select(a => a.Alias.Name));
        Assert.Equal(["default", "other"], _host.Store.List().Select(i => i.Project));
    }

    [Fact]
    public async Task One_who_gives_up_does_not_end_it_for_the_others()
    {
        _servers.Close();
        using var impatience = new CancellationTokenSource();
        var first = FetchAsync(Fetch(alias: "first"), impatience.Token);
        await _servers.Begun.WaitAsync(TestHost.Cancel);
        var second = FetchAsync(Fetch(alias: "second"));
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _servers.Gate.SetResult();
        await second;
        Assert.Equal(1, _servers.Downloads);
        Assert.Equal("second", Assert.Single(_host.Store.ListAliases()).Alias.Name);
    }

    [Fact]
    public async Task The_last_one_who_gives_up_leaves_nothing()
    {
        _servers.Close();
        using var impatience = new CancellationTokenSource();
        var only = FetchAsync(Fetch(alias: "first"), impatience.Token);
        await _servers.Begun.WaitAsync(TestHost.Cancel);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => only);
        _host.AssertNothingLeft();
        _servers.Gate.SetResult();
        await FetchAsync(Fetch(alias: "first"));
        Assert.Equal(2, _servers.Downloads);
    }

    [Theory]
    [InlineData(-1, "promises")]
    [InlineData(1, "promises")]
    [InlineData(0, "fingerprint")]
    public async Task What_is_not_what_was_promised_is_refused(int size, string reason)
    {
        _servers.Promised = new() { Fingerprint = new string('a', 64), Size = _servers.Content.Length + size };
        var error = await Assert.ThrowsAsync<BerthException>(() => FetchAsync(Fetch(alias: "first")));
        Assert.Equal(ErrorKind.BadRequest, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        _host.AssertNothingLeft();
    }

    [Fact]
    public async Task A_taken_alias_is_found_before_anything_is_loaded()
    {
        await FetchAsync(Fetch(alias: "mine"));
        await Assert.ThrowsAsync<BerthException>(() => FetchAsync(Fetch(alias: "mine")));
        Assert.Equal(1, _servers.Downloads);
    }

    [Fact]
    public async Task An_image_of_another_architecture_starts_no_instance()
    {
        _servers.Promised = new() { Fingerprint = new string('a', 64), Architecture = "riscv64" };
        var error = await Assert.ThrowsAsync<BerthException>(() => FetchAsync(Fetch() with { Cached = true }));
        Assert.Contains("riscv64", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _servers.Downloads);
    }

    [Fact]
    public async Task An_instance_takes_what_came_from_there_before_until_it_is_updated()
    {
        var old = await FetchAsync(Fetch() with { Cached = true });
        Assert.True(old.Cached);
        _servers.Content = Newer();
        Assert.Equal(old.Fingerprint, (await FetchAsync(Fetch() with { Cached = true, PreferCached = true })).Fingerprint);
        Assert.True(await _refresher.RefreshAsync("default", old.Fingerprint, _ => { }, TestHost.Cancel));
        var fresh = await FetchAsync(Fetch() with { Cached = true, PreferCached = true });
        Assert.NotEqual(old.Fingerprint, fresh.Fingerprint);
        Assert.True(fresh.Cached);
        Assert.Null(_host.Store.Find("default", old.Fingerprint));
    }

    [Fact]
    public async Task An_update_takes_the_names_along()
    {
        var old = await FetchAsync(Fetch(alias: "mine"));
        Assert.False(await _refresher.RefreshAsync("default", old.Fingerprint, _ => { }, TestHost.Cancel));
        _servers.Content = Newer();
        Assert.True(await _refresher.RefreshAsync("default", old.Fingerprint, _ => { }, TestHost.Cancel));
        var fresh = _host.Store.Resolve("default", "mine");
        Assert.NotEqual(old.Fingerprint, fresh.Fingerprint);
        Assert.Equal(old.Source, fresh.Source);
        Assert.Single(_host.Store.List());
    }

    [Fact]
    public async Task What_is_copied_by_its_fingerprint_has_nothing_to_update_from()
    {
        var fingerprint = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(_servers.Content));
        var fetch = Fetch();
        var image = await FetchAsync(fetch with { Source = fetch.Source with { Alias = fingerprint[..12] } });
        Assert.True(image is { Source: null, AutoUpdate: false });
        var error = await Assert.ThrowsAsync<BerthException>(() => _refresher.RefreshAsync("default", fingerprint, _ => { }, TestHost.Cancel));
        Assert.Contains("no source", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11, 0)]
    [InlineData(9, 1)]
    public async Task Cached_images_go_when_nothing_has_used_them(int days, int left)
    {
        var image = await FetchAsync(Fetch() with { Cached = true });
        _host.Store.Change("default", image.Fingerprint, i => i with { LastUsedAt = DateTimeOffset.UtcNow.AddDays(-days) });
        await Maintenance().PruneAsync(TestHost.Cancel);
        Assert.Equal(left, _host.Store.List().Count);
    }

    [Fact]
    public async Task Images_that_were_copied_on_purpose_stay()
    {
        var image = await FetchAsync(Fetch());
        _host.Store.Change("default", image.Fingerprint, i => i with { LastUsedAt = DateTimeOffset.UtcNow.AddDays(-1000) });
        await Maintenance().PruneAsync(TestHost.Cancel);
        Assert.Single(_host.Store.List());
    }

    private static byte[] Newer() => ImportTests.Unified("newer");

    private ImageMaintenance Maintenance() => new(
        _host.Store, _refresher, _remover, _settings,
        new(_events, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Berth.Core.Operations.OperationRegistry>.Instance),
        TimeProvider.System,
        Microsoft.Extensions.Logging.Abstractions.NullLogger<ImageMaintenance>.Instance);
}
