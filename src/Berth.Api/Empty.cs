using System.Collections.ObjectModel;

namespace Berth.Api;

/// <summary>The empty collections that stand where a client or a server sent none.</summary>
public static class Empty
{
    /// <summary>No configuration keys.</summary>
    public static ConfigMap Map { get; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>No devices.</summary>
    public static DevicesMap Devices { get; } =
        ReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>.Empty;

    /// <summary>No entries of any other kind.</summary>
    public static IReadOnlyDictionary<string, T> Of<T>() => ReadOnlyDictionary<string, T>.Empty;
}
