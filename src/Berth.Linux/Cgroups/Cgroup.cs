namespace Berth.Linux.Cgroups;

/// <summary>
/// A control group: one directory in the v2 tree, or one in each v1 hierarchy. v2 is the model; where a host has v1, values are translated.
/// Making the object makes no group.
/// </summary>
public sealed partial class Cgroup
{
    internal Cgroup(CgroupHost host, string path)
    {
        if (path.Length == 0 || path.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new ArgumentException($"Not a path of a control group: \"{path}\".", nameof(path));
        }

        Host = host;
        Path = path;
    }

    /// <summary>The host whose group it is.</summary>
    public CgroupHost Host { get; }

    /// <summary>The path from the hierarchies' roots, for example "berth/web1".</summary>
    public string Path { get; }

    /// <summary>Whether the group exists.</summary>
    public bool Exists => Host.Used.All(hierarchy => Directory.Exists(DirectoryIn(hierarchy)));

    /// <summary>The group's directories, one per hierarchy.</summary>
    public IReadOnlyList<string> Directories => [.. Host.Used.Select(DirectoryIn).Distinct(StringComparer.Ordinal)];

    /// <summary>A group below this one.</summary>
    public Cgroup Child(string name) => new(Host, $"{Path}/{name}");

    /// <summary>The group's directory in the v2 hierarchy; null when the host has none.</summary>
    public string? UnifiedDirectory => Host.Unified is { } unified ? DirectoryIn(unified) : null;

    internal string NeedUnified => UnifiedDirectory ?? throw new LinuxException(Errno.EOPNOTSUPP, "cgroup2", Path);

    /// <summary>The group's directories in the v1 hierarchies.</summary>
    public IReadOnlyList<string> LegacyDirectories => [.. Host.Legacy.Select(DirectoryIn)];

    /// <summary>The group's directory in the hierarchy that has a controller; null when the host does not have it.</summary>
    public string? DirectoryOf(string controller) => Host.Find(controller) is { } hierarchy ? DirectoryIn(hierarchy) : null;

    /// <summary>Makes the group and what is missing above it; again is harmless.</summary>
    /// <exception cref="LinuxException">EBUSY on v2: a group above has processes of its own, so it cannot hand on controllers.</exception>
    public void Create()
    {
        foreach (var hierarchy in Host.Used)
        {
            var directory = hierarchy.MountPoint;
            foreach (var part in Path.Split('/'))
            {
                if (hierarchy.IsV2)
                {
                    EnableControllers(directory, Host.Enabled);
                }

                directory = $"{directory}/{part}";
                Directory.CreateDirectory(directory);
                if (!hierarchy.IsV2 && hierarchy.Controllers.Contains("cpuset"))
                {
                    InheritCpuSet(directory);
                }
            }
        }
    }

    /// <summary>Moves a process into the group.</summary>
    public void AddProcess(int pid)
    {
        foreach (var directory in Directories)
        {
            Fd.WriteText($"{directory}/cgroup.procs", pid.ToString());
        }
    }

    /// <summary>The processes in the group and the groups below.</summary>
    public IReadOnlyCollection<int> Processes() => [.. Directories.SelectMany(ProcessesBelow).Distinct()];

    internal string DirectoryIn(CgroupHierarchy hierarchy) => $"{hierarchy.MountPoint}/{Path}";

    /// <summary>Switches one controller on for this group, from the root down.</summary>
    private void EnableAbove(CgroupHierarchy hierarchy, string controller)
    {
        var directory = hierarchy.MountPoint;
        foreach (var part in Path.Split('/'))
        {
            EnableControllers(directory, [controller]);
            directory = $"{directory}/{part}";
        }
    }

    private static void EnableControllers(string directory, IEnumerable<string> wanted)
    {
        var enabled = Fd.ReadText($"{directory}/cgroup.subtree_control").Split(' ');
        var available = Fd.ReadText($"{directory}/cgroup.controllers").Split(' ');
        var missing = wanted.Intersect(available).Except(enabled).ToList();
        if (missing.Count > 0)
        {
            Fd.WriteText($"{directory}/cgroup.subtree_control", string.Join(' ', missing.Select(controller => "+" + controller)));
        }
    }

    /// <summary>
    /// A fresh v1 cpuset has no CPUs and no memory nodes, and takes no process until it has. Groups that others (liblxc) make
    /// below it inherit both by themselves.
    /// </summary>
    private static void InheritCpuSet(string directory)
    {
        Fd.WriteText($"{directory}/cgroup.clone_children", "1");
        foreach (var file in (ReadOnlySpan<string>)["cpuset.cpus", "cpuset.mems"])
        {
            if (Fd.ReadText($"{directory}/{file}").Length == 0)
            {
                Fd.WriteText($"{directory}/{file}", Fd.ReadText($"{System.IO.Path.GetDirectoryName(directory)}/{file}"));
            }
        }
    }

    private static IEnumerable<int> ProcessesBelow(string directory)
    {
        List<int> found = [];
        foreach (var group in GroupsBelow(directory))
        {
            try
            {
                found.AddRange(Fd.ReadText($"{group}/cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));
            }
            catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENODEV or Errno.EOPNOTSUPP)
            {
                // Removed meanwhile, or a threaded group, whose processes its parent lists.
            }
        }

        return found;
    }

    /// <summary>A group's directory and those below, parents first.</summary>
    private static List<string> GroupsBelow(string directory)
    {
        try
        {
            return Directory.Exists(directory)
                ? [directory, .. Directory.EnumerateDirectories(directory, "*", SearchOption.AllDirectories)]
                : [];
        }
        catch (DirectoryNotFoundException)
        {
            return GroupsBelow(directory);
        }
    }
}
