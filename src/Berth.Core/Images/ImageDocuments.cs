using System.Text.Json.Serialization;
using Berth.Core.State;

namespace Berth.Core.Images;

/// <summary>The documents that images are kept in.</summary>
public static class ImageDocuments
{
    public static readonly DocumentKind<ImageRecord> Image = new("image", ImageJson.Default.ImageRecord);

    public static readonly DocumentKind<ImageAliasRecord> Alias = new("image-alias", ImageJson.Default.ImageAliasRecord);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(ImageRecord))]
[JsonSerializable(typeof(ImageAliasRecord))]
[JsonSerializable(typeof(Disks.MachineImageRecord))]
internal sealed partial class ImageJson : JsonSerializerContext;
