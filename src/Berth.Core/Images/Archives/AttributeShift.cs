using System.Buffers.Binary;

namespace Berth.Core.Images.Archives;

/// <summary>Moves the ids that are inside extended attributes of a tree that lies with shifted ids on the disk.</summary>
internal static class AttributeShift
{
    private const int AclEntry = 8;
    private const int User = 2;
    private const int Group = 8;

    /// <summary>The attribute as it is written; unchanged without a shift.</summary>
    /// <remarks>linux/posix_acl_xattr.h; linux/capability.h: version 3 is version 2 with the id that is root where the capabilities are good.</remarks>
    public static byte[] Apply(string name, byte[] value, uint shift) => name switch
    {
        _ when shift == 0 => value,
        AttributePolicy.Capability => Capability(value, shift),
        _ when name.StartsWith("system.posix_acl_", StringComparison.Ordinal) => Acl(value, shift),
        _ => value,
    };

    private static byte[] Capability(byte[] value, uint shift)
    {
        var shifted = new byte[24];
        value.CopyTo(shifted, 0);
        shifted[3] = 3;
        BinaryPrimitives.WriteUInt32LittleEndian(shifted.AsSpan(20), shift);
        return shifted;
    }

    private static byte[] Acl(byte[] value, uint shift)
    {
        var shifted = value.ToArray();
        for (var at = 4; at + AclEntry <= shifted.Length; at += AclEntry)
        {
            var entry = shifted.AsSpan(at);
            if (BinaryPrimitives.ReadUInt16LittleEndian(entry) is User or Group)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]) + shift);
            }
        }

        return shifted;
    }
}
