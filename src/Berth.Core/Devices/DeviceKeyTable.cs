namespace Berth.Core.Devices;

/// <summary>The configuration keys of one type of device, and the form of each one's value.</summary>
/// <param name="type">As in <c>type=</c>.</param>
/// <param name="known">Key → what is wrong with a value; null: nothing.</param>
/// <param name="refused">Keys of Incus that Berth does not serve → why, and what to do. A key that ends with a dot stands for all that begin so.</param>
internal sealed class DeviceKeyTable(
    string type, IReadOnlyDictionary<string, Func<string, string?>> known, IReadOnlyDictionary<string, string> refused)
{
    private const int MostCharacters = 4096;

    public IReadOnlyDictionary<string, Func<string, string?>> Known => known;

    /// <exception cref="BerthException">BadRequest or Unsupported that names the device and the key.</exception>
    public void Validate(string device, IReadOnlyDictionary<string, string> config)
    {
        foreach (var (key, value) in config)
        {
            if (key == "type" || DeviceValues.IsUserKey(key))
            {
                continue;
            }

            if (!known.TryGetValue(key, out var check))
            {
                throw Unknown(device, key);
            }

            var reason = value.Length > MostCharacters ? $"it has {value.Length} characters; the most is {MostCharacters}"
                : value.AsSpan().ContainsAny("\0\n\r") ? "it contains a line break or a NUL character"
                : value.Length > 0 ? check(value) : null;
            if (reason is not null)
            {
                throw BerthException.BadRequest($"Device \"{device}\": invalid value \"{Shortened(value)}\" for {key}: {reason}");
            }
        }
    }

    private static string Shortened(string value) => value.Length <= 100 ? value : value[..100] + "…";

    private BerthException Unknown(string device, string key)
    {
        var text = $"Device \"{device}\": ";
        if (refused.FirstOrDefault(r => r.Key == key || (r.Key.EndsWith('.') && key.StartsWith(r.Key, StringComparison.Ordinal))) is { Value: { } why })
        {
            return BerthException.Unsupported($"{text}the key {key} is not supported for devices of type {type}: {why}");
        }

        var nearest = Suggestions.Nearest(key, known.Keys);
        return BerthException.BadRequest(nearest is null
            ? $"{text}there is no key \"{key}\" for devices of type {type}; there are: {string.Join(", ", known.Keys)}"
            : $"{text}there is no key \"{key}\" for devices of type {type}; did you mean {nearest}?");
    }
}
