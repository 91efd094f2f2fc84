using System.Collections.Immutable;
using Berth.Core.Backups;
using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Projects;
using Berth.Core.Server;

namespace Berth.Core.Tests.Images;

public sealed class ImageSettingsTests
{
    private readonly MemoryStateStore _store = new();
    private readonly ProjectService _projects;
    private readonly ImageSettings _images;
    private readonly BackupSettings _backups;

    public ImageSettingsTests()
    {
        _projects = new(_store);
        _projects.EnsureDefault();
        var config = new ServerConfig(_store, new EventHub(TimeProvider.System));
        _images = new(config, _projects);
        _backups = new(config, _projects);
    }

    [Fact]
    public void A_project_that_says_nothing_has_the_servers_values()
    {
        Assert.Equal(TimeSpan.FromHours(6), _images.AutoUpdateInterval("default"));
        Assert.Equal(TimeSpan.FromDays(10), _images.RemoteCacheExpiry("default"));
        Assert.True(_images.AutoUpdateCached("default"));
        Assert.Equal("gzip", _images.Compression("default", "").Argv[0]);
        Assert.Equal("zstd", _backups.Compression("default", "").Argv[0]);
    }

    [Fact]
    public void What_a_project_says_comes_first_and_what_the_client_asks_for_before_it()
    {
        _projects.Write(new()
        {
            Name = "p",
            Config = ImmutableSortedDictionary<string, string>.Empty
                .Add("images.auto_update_interval", "0").Add("images.remote_cache_expiry", "1").Add("images.auto_update_cached", "false")
                .Add("images.compression_algorithm", "none").Add("backups.compression_algorithm", "xz -1"),
        });
        Assert.Equal(TimeSpan.Zero, _images.AutoUpdateInterval("p"));
        Assert.Equal(TimeSpan.FromDays(1), _images.RemoteCacheExpiry("p"));
        Assert.False(_images.AutoUpdateCached("p"));
        Assert.True(_images.Compression("p", "").IsNone);
        Assert.Equal(["xz", "-c", "-1"], _backups.Compression("p", "").Argv);
        Assert.True(_backups.Compression("p", "none").IsNone);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData(" 1")]
    [InlineData("99999999999999999999")]
    public void Numbers_that_are_none_are_told(string value)
    {
        Assert.NotNull(ImageSettings.IntervalFault(value));
        Assert.NotNull(ImageSettings.ExpiryFault(value));
    }
}
