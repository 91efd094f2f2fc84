namespace Berth.Core.Images;

/// <summary>File names for export, as Incus gives them.</summary>
internal static class DownloadNames
{
    public static string Of(ImageRecord image, ImageFile file)
    {
        var prefix = file.Kind == ImageContentKind.MetadataTarball ? "meta-" : "";
        return $"{prefix}{image.Fingerprint}{Extension(file)}";
    }

    private static string Extension(ImageFile file) => file.Kind switch
    {
        ImageContentKind.Squashfs => ".squashfs",
        ImageContentKind.Qcow2 => ".qcow2",
        ImageContentKind.Raw => ".img",
        _ => ".tar" + file.Compression switch
        {
            "none" => "",
            "gzip" => ".gz",
            "bzip2" => ".bz2",
            "zstd" => ".zst",
            "lzip" => ".lz",
            var name => "." + name,
        },
    };
}
