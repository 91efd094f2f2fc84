using System.Text.Json.Serialization;
using Berth.Core.State;

namespace Berth.Core.Storage.Volumes;

/// <summary>How volumes are stored: the document's name is POOL/VOLUME.</summary>
internal static class VolumeDocuments
{
    public static readonly DocumentKind<VolumeRecord> Volumes = new("storage volume", VolumeJson.Default.VolumeRecord);
}

[JsonSerializable(typeof(VolumeRecord))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
internal sealed partial class VolumeJson : JsonSerializerContext;
