using System.Globalization;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Containers;

/// <summary>Finds a container's init: the child of its monitor that is process 1 of a namespace. Asks the kernel, not the monitor, which may hang.</summary>
internal static class InitFinder
{
    /// <summary>How long a container that reboots just now may be without an init; nothing tells when it has one again.</summary>
    private static readonly TimeSpan RebootTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>Null: the monitor has ended, or makes no init.</summary>
    public static async Task<PidFd?> WaitAsync(PidFd monitor, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(RebootTime);
        var ended = monitor.WaitAsync(deadline.Token);
        while (true)
        {
            if (Find(monitor) is { } init)
            {
                await deadline.CancelAsync();
                return init;
            }

            if (ended.IsCompleted)
            {
                cancel.ThrowIfCancellationRequested();
                return null;
            }

            await Task.WhenAny(ended, Task.Delay(LookAgain, CancellationToken.None));
        }
    }

    /// <summary>Null: it has none now.</summary>
    public static PidFd? Find(PidFd monitor)
    {
        foreach (var pid in ChildrenOf(monitor.Pid))
        {
            var process = PidFd.TryOpen(pid);
            if (process is not null && IsInitOf(pid, monitor.Pid) && !process.HasExited && !monitor.HasExited)
            {
                return process;
            }

            process?.Dispose();
        }

        return null;
    }

    private static IEnumerable<int> ChildrenOf(int pid)
    {
        var text = TryRead($"/proc/{pid}/task/{pid}/children");
        return (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(word => int.Parse(word, CultureInfo.InvariantCulture));
    }

    private static bool IsInitOf(int pid, int monitor)
    {
        var parent = false;
        var first = false;
        foreach (var line in (TryRead($"/proc/{pid}/status") ?? "").Split('\n'))
        {
            parent |= line == $"PPid:\t{monitor}";
            first |= line.StartsWith("NSpid:\t", StringComparison.Ordinal) && line.EndsWith("\t1", StringComparison.Ordinal);
        }

        return parent && first;
    }

    private static string? TryRead(string path)
    {
        try
        {
            return Fd.ReadText(path);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ESRCH)
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
