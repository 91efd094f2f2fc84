using System.Collections.Immutable;
using Berth.Core.Events;
using Berth.Core.Server;
using Berth.Core.State;

namespace Berth.Core.Tests.Server;

public sealed class ServerConfigTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berth-config-").FullName;
    private readonly SqliteStateStore _store;
    private readonly ServerConfig _config;
    private readonly List<string> _applied = [];

    public ServerConfigTests()
    {
        _store = SqliteStateStore.Open(Path.Combine(_directory, "berth.db"));
        _config = new(_store, new EventHub(TimeProvider.System));
        _config.Register(Key("test.first", "one"));
        _config.Register(Key("test.second", "") with { Type = ServerKeyType.Integer, Default = "5" });
        _config.Register(new("test.failing", "Never works") { Changed = (_, now, _) => now == "bad" ? throw BerthException.Conflict("it does not work") : Task.CompletedTask });
    }

    public void Dispose()
    {
        _config.Dispose();
        _store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private ServerKey Key(string name, string value) => new(name, "For tests")
    {
        Default = value,
        Changed = (old, now, _) =>
        {
            _applied.Add($"{name}: {old} → {now}");
            return Task.CompletedTask;
        },
    };

    private Task SetAsync(params (string Key, string Value)[] config) => _config.UpdateAsync(
        _ => config.ToImmutableSortedDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal), TestContext.Current.CancellationToken);

    [Fact]
    public async Task Only_what_changes_is_put_into_effect_and_a_default_needs_no_value()
    {
        await SetAsync(("test.first", "two"), ("user.note", "x"));
        await SetAsync(("test.first", "two"), ("test.second", "5"));
        await SetAsync(("test.first", ""));
        Assert.Equal(["test.first: one → two", "test.first: two → one"], _applied);
        Assert.Equal("one", _config.Get("test.first"));
        Assert.Equal(5, _config.GetInteger("test.second"));
        Assert.Empty(_config.Present);
    }

    [Theory]
    [InlineData("test.frist", "x", ErrorKind.BadRequest, "did you mean \"test.first\"")]
    [InlineData("test.second", "many", ErrorKind.BadRequest, "whole number")]
    [InlineData("core.bgp_asn", "1", ErrorKind.Unsupported, "BGP")]
    [InlineData("oidc.issuer", "https://x", ErrorKind.Unsupported, "OpenID")]
    [InlineData("user.", "x", ErrorKind.BadRequest, "Unknown")]
    [InlineData("user.a", "a\0b", ErrorKind.BadRequest, "NUL")]
    public async Task Wrong_keys_and_values_are_refused_by_name_and_change_nothing(string key, string value, ErrorKind kind, string says)
    {
        await SetAsync(("user.kept", "yes"));
        var refused = await Assert.ThrowsAsync<BerthException>(() => SetAsync(("test.first", "two"), (key, value)));
        Assert.Equal(kind, refused.Kind);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Equal("yes", Assert.Single(_config.Present).Value);
        Assert.Empty(_applied);
    }

    [Fact]
    public async Task What_cannot_be_put_into_effect_is_taken_back_whole()
    {
        await SetAsync(("test.first", "old"));
        _applied.Clear();
        await Assert.ThrowsAsync<BerthException>(() => SetAsync(("test.failing", "bad"), ("test.first", "new"), ("test.second", "7")));
        Assert.Equal("old", _config.Get("test.first"));
        Assert.Equal(5, _config.GetInteger("test.second"));
        Assert.Equal("old", Assert.Single(_config.Present).Value);
    }
}
