using System.Globalization;
using Berth.Core.Instances;

namespace Berth.Core.Devices;

/// <summary>Forms of values that several types of devices have: what is wrong with a value, null when nothing is.</summary>
internal static class DeviceValues
{
    private const int NewestPermissions = 0xFFF;

    public static bool IsUserKey(string key) => key.StartsWith("user.", StringComparison.Ordinal);

    public static string? Any(string value) => null;

    public static string? Boolean(string value) =>
        value.ToLowerInvariant() is "true" or "false" or "1" or "0" or "yes" or "no" or "on" or "off" ? null : "give true or false";

    public static bool IsTrue(IReadOnlyDictionary<string, string> config, string key, bool unset = false) =>
        config.GetValueOrDefault(key, "") is { Length: > 0 } value ? ConfigCatalogue.IsTrue(value.ToLowerInvariant()) : unset;

    public static string? Number(string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : "give a whole number";

    public static string? Id(string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < ContainerRoot.IdCount
            ? null
            : $"give an id from 0 to {ContainerRoot.IdCount - 1}, which are the instance's";

    /// <summary>Permission bits in octal.</summary>
    public static string? Mode(string value) => ParseMode(value) is null ? "give permission bits in octal, for example 0660" : null;

    public static int? ParseMode(string value)
    {
        if (value.Length is 0 or > 5 || value.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return null;
        }

        var mode = Convert.ToInt32(value, 8);
        return mode <= NewestPermissions ? mode : null;
    }

    /// <summary>An absolute path without ways around it.</summary>
    public static string? AbsolutePath(string value) =>
        !value.StartsWith('/') ? "give an absolute path"
        : value.Split('/').Any(part => part is "." or "..") ? "give it without . and .."
        : null;

    public static Func<string, string?> OneOf(params string[] values) =>
        value => values.Contains(value) ? null : $"give one of {string.Join(", ", values)}";

    /// <summary>The number behind a key, or the default where it is not set. The form has been checked.</summary>
    public static uint Number(IReadOnlyDictionary<string, string> config, string key, uint unset = 0) =>
        config.GetValueOrDefault(key, "") is { Length: > 0 } value ? uint.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) : unset;

    /// <summary>A path without slashes at its end or twice.</summary>
    public static string Tidy(string path) => "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));
}
