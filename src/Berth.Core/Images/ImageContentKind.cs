using System.Text.Json.Serialization;

namespace Berth.Core.Images;

/// <summary>How an image's file holds its content.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImageContentKind>))]
public enum ImageContentKind
{
    /// <summary>A tarball with metadata.yaml (and templates/) beside the content of another file.</summary>
    MetadataTarball,

    /// <summary>A tarball with metadata.yaml and rootfs/.</summary>
    UnifiedTree,

    /// <summary>A tarball with metadata.yaml and rootfs.img.</summary>
    UnifiedDisk,

    /// <summary>A tarball whose top is the root directory.</summary>
    RootTarball,

    /// <summary>A squashfs whose top is the root directory.</summary>
    Squashfs,

    /// <summary>A disk in qcow2.</summary>
    Qcow2,

    /// <summary>A raw disk.</summary>
    Raw,
}
