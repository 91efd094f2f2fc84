using System.Globalization;

namespace Berth.Daemon;

/// <summary>Users of the host (<c>/etc/passwd</c>).</summary>
internal static class UserFile
{
    /// <summary>The user's name; of one that has none there, <c>uid=</c> and the number (as Incus).</summary>
    public static string NameOf(uint uid) => NameOf(uid, File.Exists("/etc/passwd") ? File.ReadLines("/etc/passwd") : []);

    internal static string NameOf(uint uid, IEnumerable<string> lines)
    {
        var number = uid.ToString(CultureInfo.InvariantCulture);
        return lines.Select(l => l.Split(':')).FirstOrDefault(f => f.Length > 2 && f[2] == number)?[0] ?? $"uid={number}";
    }
}
