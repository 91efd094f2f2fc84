using System.Collections.Immutable;
using Berth.Core.Instances;

namespace Berth.Core.Devices;

/// <summary>A device to be turned into its part.</summary>
/// <param name="Record">The instance that it belongs to.</param>
/// <param name="Device">Its name.</param>
/// <param name="Config">Its configuration, profiles applied; it has been validated.</param>
public sealed record DeviceRequest(InstanceRecord Record, string Device, ImmutableSortedDictionary<string, string> Config)
{
    public InstanceKind Kind => Record.Kind;

    /// <summary>The value of a key; empty where it is not set.</summary>
    public string Value(string key) => Config.GetValueOrDefault(key, "");

    public bool IsTrue(string key, bool unset = false) => DeviceValues.IsTrue(Config, key, unset);

    public BerthException Wrong(string reason) => BerthException.BadRequest($"Device \"{Device}\" of {Record.Name}: {reason}");

    public BerthException Unsupported(string reason) => BerthException.Unsupported($"Device \"{Device}\" of {Record.Name}: {reason}");
}
