using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Containers;

/// <summary>What the next daemon needs to find a running container again. Process ids go with start times: a number alone may be somebody else's.</summary>
internal sealed record ContainerState(int MonitorPid, ulong MonitorStart, uint IdBase)
{
    public static ContainerState? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), StateJson.Default.ContainerState);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // Not started, or the write was cut off: then the start was not complete and is undone.
            return null;
        }
    }

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, StateJson.Default.ContainerState));

    /// <summary>The monitor, if it is still the process that was started, in the container's own control group.</summary>
    public PidFd? OpenMonitor(string cgroup)
    {
        if (PidFd.TryOpen(MonitorPid) is not { } pidFd)
        {
            return null;
        }

        if (StartTime(MonitorPid) == MonitorStart && IsIn(MonitorPid, cgroup) && !pidFd.HasExited)
        {
            return pidFd;
        }

        pidFd.Dispose();
        return null;
    }

    /// <summary>Start time of a process in clock ticks since boot (proc_pid_stat(5), field 22); 0 when it has gone.</summary>
    public static ulong StartTime(int pid)
    {
        var stat = TryRead($"/proc/{pid}/stat");
        return stat is null ? 0 : ulong.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
    }

    private static bool IsIn(int pid, string cgroup) =>
        TryRead($"/proc/{pid}/cgroup")?.Contains($":/{cgroup}/", StringComparison.Ordinal) == true;

    private static string? TryRead(string path)
    {
        try
        {
            return Fd.ReadText(path);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ESRCH)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(ContainerState))]
internal sealed partial class StateJson : JsonSerializerContext;
