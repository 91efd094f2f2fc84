using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Berth.Core.State;

namespace Berth.Core.Networks;

/// <summary>A managed bridge network as it is stored.</summary>
public sealed record NetworkRecord
{
    /// <summary>Name of the network and of its bridge on the host, 2 to 15 characters.</summary>
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Complete: <c>auto</c> was replaced by what was chosen when the network was created.</summary>
    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>MAC address of the bridge where <c>bridge.hwaddr</c> gives none: it stays the same over restarts and boots.</summary>
    public string Hwaddr { get; init; } = "";
}

/// <summary>How networks are stored.</summary>
public static class NetworkDocuments
{
    public static readonly DocumentKind<NetworkRecord> Networks = new("network", NetworkJson.Default.NetworkRecord);
}

[JsonSerializable(typeof(NetworkRecord))]
internal sealed partial class NetworkJson : JsonSerializerContext;
