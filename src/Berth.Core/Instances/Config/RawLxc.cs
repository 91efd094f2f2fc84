namespace Berth.Core.Instances;

/// <summary>
/// Lines of <c>raw.lxc</c>: <c>key = value</c>, as in lxc.container.conf(5). Keys with which Berth itself finds, limits and logs the
/// container are refused: with another value it would lose sight of it.
/// </summary>
public static class RawLxc
{
    private static readonly string[] Owned =
    [
        "lxc.rootfs", "lxc.idmap", "lxc.uts.name", "lxc.cgroup.dir", "lxc.cgroup.relative", "lxc.console", "lxc.tty", "lxc.log", "lxc.monitor", "lxc.net",
        "lxc.seccomp", "lxc.include", "lxc.ephemeral", "lxc.start", "lxc.group", "lxc.execute", "lxc.autodev", "lxc.namespace",
    ];

    /// <summary>Keys of <see cref="Owned"/> that change nothing of what Berth relies on.</summary>
    private static readonly string[] Free = ["lxc.start.order", "lxc.seccomp.allow_nesting"];

    /// <summary>The lines without comments, key and value apart.</summary>
    /// <exception cref="BerthException">BadRequest: a line is no setting, or one of Berth's own.</exception>
    public static IEnumerable<(string Key, string Value)> Parse(string text)
    {
        if (Problem(text) is { } reason)
        {
            throw BerthException.BadRequest($"Invalid raw.lxc: {reason}");
        }

        return Lines(text).Select(line => (Key(line)!, line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim()));
    }

    internal static string? Problem(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return "it contains a NUL character";
        }

        foreach (var line in Lines(text))
        {
            if (Key(line) is not { } key)
            {
                return $"the line \"{line}\" is not of the form lxc.key = value";
            }

            if (Owned.Any(owned => key == owned || key.StartsWith(owned + ".", StringComparison.Ordinal)) && !Free.Contains(key))
            {
                return $"{key} is set by Berth itself; use the instance's configuration and devices";
            }
        }

        return null;
    }

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');

    private static string? Key(string line)
    {
        var end = line.IndexOf('=', StringComparison.Ordinal);
        var key = end < 0 ? "" : line[..end].Trim().ToLowerInvariant();
        return key.StartsWith("lxc.", StringComparison.Ordinal) && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') ? key : null;
    }
}
