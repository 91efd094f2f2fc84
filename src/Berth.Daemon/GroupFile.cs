using System.Globalization;

namespace Berth.Daemon;

/// <summary>Groups of the host (<c>/etc/group</c>).</summary>
internal static class GroupFile
{
    /// <summary>The group's id; null when there is none of that name.</summary>
    public static uint? Find(string name) => Find(name, File.Exists("/etc/group") ? File.ReadLines("/etc/group") : []);

    internal static uint? Find(string name, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (line.Split(':') is [var group, _, var id, ..] && group == name && uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var gid))
            {
                return gid;
            }
        }

        return null;
    }
}
