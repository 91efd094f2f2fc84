using Berth.Linux.Mounts;

namespace Berth.Core.Devices.Disks;

/// <summary><c>raw.mount.options</c>: what concerns the mount, and what its file system is to know.</summary>
/// <param name="Attributes">Of the mount.</param>
/// <param name="FileSystem">For the file system: possible only where it is mounted for the device alone.</param>
internal sealed record MountOptions(MountAttributes Attributes, IReadOnlyList<KeyValuePair<string, string?>> FileSystem)
{
    private static readonly Dictionary<string, MountAttributes> Known = new(StringComparer.Ordinal)
    {
        ["ro"] = MountAttributes.ReadOnly,
        ["nosuid"] = MountAttributes.NoSuid,
        ["nodev"] = MountAttributes.NoDevices,
        ["noexec"] = MountAttributes.NoExec,
        ["noatime"] = MountAttributes.NoAccessTime,
        ["nosymfollow"] = MountAttributes.NoSymlinkFollow,
        ["rw"] = MountAttributes.None,
        ["suid"] = MountAttributes.None,
        ["dev"] = MountAttributes.None,
        ["exec"] = MountAttributes.None,
        ["relatime"] = MountAttributes.None,
        ["defaults"] = MountAttributes.None,
    };

    public static MountOptions Parse(string text, bool readOnly)
    {
        var attributes = readOnly ? MountAttributes.ReadOnly : MountAttributes.None;
        List<KeyValuePair<string, string?>> others = [];
        foreach (var option in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Known.TryGetValue(option, out var attribute))
            {
                attributes |= attribute;
            }
            else
            {
                var equals = option.IndexOf('=', StringComparison.Ordinal);
                others.Add(equals < 0 ? new(option, null) : new(option[..equals], option[(equals + 1)..]));
            }
        }

        return new(attributes, others);
    }
}
