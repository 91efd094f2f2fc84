using System.Globalization;

namespace Berth.Agent;

/// <summary>A user, as /etc/passwd and /etc/group name it. Read as text: name services need libraries that a static program has not.</summary>
internal sealed record Account(string Name, string Home, uint[] Groups)
{
    public static Account Find(uint uid, uint gid, string passwd = "/etc/passwd", string group = "/etc/group")
    {
        var entry = Lines(passwd).FirstOrDefault(fields => fields.Length >= 6 && Number(fields[2]) == uid);
        var name = entry?[0] ?? uid.ToString(CultureInfo.InvariantCulture);
        var groups = Lines(group)
            .Where(fields => entry is not null && fields.Length >= 4 && fields[3].Split(',').Contains(name))
            .Select(fields => Number(fields[2]))
            .OfType<uint>()
            .Append(gid)
            .Distinct();
        return new Account(name, entry?[5] ?? (uid == 0 ? "/root" : "/"), [.. groups]);
    }

    private static IEnumerable<string[]> Lines(string path) =>
        File.Exists(path) ? File.ReadLines(path).Select(line => line.Split(':')) : [];

    private static uint? Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
