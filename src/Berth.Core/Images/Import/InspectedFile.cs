using Berth.Core.Images.Metadata;

namespace Berth.Core.Images.Import;

/// <summary>What a received file turned out to be.</summary>
/// <param name="File">Its name is given when all are known.</param>
/// <param name="Metadata">What its metadata.yaml says, if it has one.</param>
internal sealed record InspectedFile(ImageFile File, ImageMetadata? Metadata);
