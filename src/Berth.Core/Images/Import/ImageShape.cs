namespace Berth.Core.Images.Import;

/// <summary>Which files together are an image.</summary>
internal static class ImageShape
{
    /// <summary>Metadata first, whatever order they came in; one file stands alone.</summary>
    public static IReadOnlyList<InspectedFile> Check(IReadOnlyList<InspectedFile> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0].File.Kind != ImageContentKind.MetadataTarball
                ? parts
                : throw BerthException.BadRequest("the file is only the metadata of a split image: give the file with its content too");
        }

        if (parts[0].File.Kind != ImageContentKind.MetadataTarball)
        {
            throw BerthException.BadRequest("of two files the first must be the image's metadata: a tarball with metadata.yaml and no rootfs");
        }

        return parts[1].File.Kind is ImageContentKind.Squashfs or ImageContentKind.Qcow2 or ImageContentKind.Raw or ImageContentKind.RootTarball
            ? parts
            : throw BerthException.BadRequest("the second file must be the image's content: a squashfs, a root tarball, or a disk (qcow2 or raw)");
    }
}
