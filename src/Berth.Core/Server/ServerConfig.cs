using System.Collections.Immutable;
using System.Globalization;
using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.State;

namespace Berth.Core.Server;

/// <summary>The server's configuration: registered keys and <c>user.*</c>, stored, checked, and put into effect by whoever registered them.</summary>
public sealed class ServerConfig(IStateStore store, EventHub events) : IDisposable
{
    private const int LongestValue = 1 << 20;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private ImmutableSortedDictionary<string, ServerKey> _keys = ImmutableSortedDictionary.Create<string, ServerKey>(StringComparer.Ordinal);

    /// <summary>The registered keys, by name.</summary>
    public IReadOnlyCollection<ServerKey> Keys => [.. _keys.Values];

    /// <summary>What is set; keys at their defaults are not in it.</summary>
    public ImmutableSortedDictionary<string, string> Present =>
        Host.Config.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private HostRecord Host => store.Find(Documents.Host, "", "host")?.Value ?? new("", []);

    /// <summary>Makes a key known. Before the API opens, and once per key.</summary>
    public void Register(ServerKey key) =>
        ImmutableInterlocked.Update(ref _keys, keys => keys.Add(key.Name, key));

    /// <summary>The value in effect: what is set, else the default.</summary>
    /// <exception cref="KeyNotFoundException">Nobody registered the key.</exception>
    public string Get(string name) => Effective(_keys[name], Host.Config);

    public bool GetBool(string name) => ConfigCatalogue.IsTrue(Get(name));

    public long GetInteger(string name) => long.Parse(Get(name), CultureInfo.InvariantCulture);

    /// <summary>Replaces the whole configuration; an empty value means «not set».</summary>
    /// <param name="change">From what is set now to what is to be set.</param>
    /// <exception cref="BerthException">A key is not known or not supported, a value is wrong, or it could not be put into effect: nothing changed then.</exception>
    public async Task UpdateAsync(
        Func<ImmutableSortedDictionary<string, string>, IReadOnlyDictionary<string, string>> change, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            var host = Host;
            var wanted = change(Present).Where(c => !string.IsNullOrEmpty(c.Value)).ToDictionary(StringComparer.Ordinal);
            foreach (var (name, value) in wanted)
            {
                // A key that was stored by another version stays as it is until somebody takes it away.
                if (host.Config.GetValueOrDefault(name) != value)
                {
                    Validate(name, value);
                }
            }

            await ApplyAsync(host, wanted, cancel);
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose() => _changing.Dispose();

    private async Task ApplyAsync(HostRecord host, Dictionary<string, string> wanted, CancellationToken cancel)
    {
        var changed = _keys.Values
            .Select(k => (Key: k, Old: Effective(k, host.Config), New: Effective(k, wanted)))
            .Where(c => c.Old != c.New)
            .ToList();
        Store(wanted);
        var done = 0;
        try
        {
            for (; done < changed.Count; done++)
            {
                var (key, old, now) = changed[done];
                await (key.Changed?.Invoke(old, now, cancel) ?? Task.CompletedTask);
            }
        }
        catch
        {
            Store(host.Config);

            // The failed one too: it may be half-way.
            foreach (var (key, old, now) in changed.Take(done + 1).Reverse())
            {
                await (key.Changed?.Invoke(now, old, CancellationToken.None) ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            throw;
        }

        events.Lifecycle("config-updated", InstanceId.DefaultProject, "/1.0", "");
    }

    /// <summary>Only the configuration: the rest of the record belongs to others.</summary>
    private void Store(Dictionary<string, string> config) => store.Put(Documents.Host, "", "host", Host with { Config = config });

    private static string Effective(ServerKey key, Dictionary<string, string> config) =>
        config.GetValueOrDefault(key.Name) is { Length: > 0 } set ? set : key.Default;

    private void Validate(string name, string value)
    {
        if (value.Length > LongestValue || value.Contains('\0', StringComparison.Ordinal))
        {
            throw BerthException.BadRequest($"The value of {name} has {value.Length} characters; up to {LongestValue} without NUL are taken");
        }

        if (UserKeys.IsUserKey(name))
        {
            return;
        }

        if (!_keys.TryGetValue(name, out var key))
        {
            throw ServerKeyNames.Refusal(name, _keys.Keys);
        }

        if ((CheckType(key.Type, value) ?? key.Check?.Invoke(value)) is { } reason)
        {
            throw BerthException.BadRequest($"Invalid value \"{value}\" for {name}: {reason}");
        }
    }

    private static string? CheckType(ServerKeyType type, string value) => type switch
    {
        ServerKeyType.Bool => value is "true" or "false" or "1" or "0" or "yes" or "no" or "on" or "off" ? null : "give true or false",
        ServerKeyType.Integer => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "give a whole number",
        _ => null,
    };
}
