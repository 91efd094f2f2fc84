namespace Berth.Linux.Mounts;

/// <summary>One line of /proc/PID/mountinfo, proc_pid_mountinfo(5).</summary>
/// <param name="Id">Mount id.</param>
/// <param name="ParentId">Id of the mount it is on.</param>
/// <param name="Device">"major:minor" of the file system.</param>
/// <param name="Root">Which directory of the file system is mounted.</param>
/// <param name="MountPoint">Where.</param>
/// <param name="Options">Options of the mount: rw, nosuid, idmapped, …</param>
/// <param name="Propagation">Optional fields such as "shared:1"; empty: private.</param>
/// <param name="FileSystem">Type, for example "ext4".</param>
/// <param name="Source">Device or name.</param>
/// <param name="SuperOptions">Options of the file system.</param>
public sealed record MountInfo(
    int Id, int ParentId, string Device, string Root, string MountPoint, string Options, string Propagation,
    string FileSystem, string Source, string SuperOptions)
{
    /// <summary>Parses a line.</summary>
    /// <exception cref="FormatException">It is not such a line.</exception>
    public static MountInfo Parse(string line)
    {
        var fields = line.Split(' ');
        var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
        if (dash < 0 || fields.Length < dash + 4)
        {
            throw new FormatException($"Not a line of mountinfo: {line}");
        }

        return new MountInfo(int.Parse(fields[0]), int.Parse(fields[1]), fields[2], Unescape(fields[3]), Unescape(fields[4]),
            fields[5], string.Join(' ', fields[6..dash]), Unescape(fields[dash + 1]), Unescape(fields[dash + 2]), Unescape(fields[dash + 3]));
    }

    /// <summary>Whether the file system or the mount has an option, for example "memory" of a cgroup v1 hierarchy.</summary>
    public bool HasSuperOption(string option) => SuperOptions.Split(',').Contains(option, StringComparer.Ordinal);

    /// <summary>Space, tab, newline and backslash are written as octal escapes.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new System.Text.StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}
