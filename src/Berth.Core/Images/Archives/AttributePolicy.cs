using System.Buffers.Binary;

namespace Berth.Core.Images.Archives;

/// <summary>Which extended attributes an image's files keep.</summary>
internal static class AttributePolicy
{
    public const string Capability = "security.capability";

    private const uint RevisionMask = 0xff000000;
    private const uint Revision2 = 0x02000000;

    /// <summary>
    /// user.* and ACLs are the image's own business. File capabilities are kept in version 2, which the kernel translates where the tree
    /// is id-mapped. trusted.* (overlayfs reads its own marks there), labels of security modules and integrity hashes are the host's: left out.
    /// </summary>
    public static bool Keeps(string name, ReadOnlySpan<byte> value) => name switch
    {
        Capability => value.Length == 20 && (BinaryPrimitives.ReadUInt32LittleEndian(value) & RevisionMask) == Revision2,
        "system.posix_acl_access" or "system.posix_acl_default" => true,
        _ => name.StartsWith("user.", StringComparison.Ordinal) && !name.StartsWith("user.overlay.", StringComparison.Ordinal),
    };
}
