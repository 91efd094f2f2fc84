using Berth.Linux.Events;
using Berth.Linux.Interop;
using Berth.Linux.Processes;

namespace Berth.Linux.Cgroups;

public sealed partial class Cgroup
{
    /// <summary>v1 has no event for "frozen" or "empty"; this is how often it is asked.</summary>
    private static readonly TimeSpan LegacyPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Kills every process in the group and below, and waits until they are gone. A frozen group is killed too.</summary>
    /// <exception cref="OperationCanceledException">Some process does not die (stuck in the kernel).</exception>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            KillUnified();
            var left = Processes();
            if (left.Count == 0)
            {
                return;
            }

            await KillAllAsync(left, cancellationToken);
        }
    }

    /// <summary>Kills what is in the group and removes it with the groups below. A group that does not exist is fine.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        await KillAsync(cancellationToken);
        foreach (var directory in Directories)
        {
            while (!TryRemove(directory))
            {
                // The last process is gone, but the kernel drops its group in its own time and v1 says nothing when it does.
                await Task.Delay(LegacyPause, cancellationToken);
                await KillAsync(cancellationToken);
            }
        }
    }

    /// <summary>Stops every process in the group and below, and waits until they stand still.</summary>
    public Task FreezeAsync(CancellationToken cancellationToken) => SetFrozenAsync(true, cancellationToken);

    /// <summary>Lets them run again.</summary>
    public Task ThawAsync(CancellationToken cancellationToken) => SetFrozenAsync(false, cancellationToken);

    /// <summary>Whether the group was told to freeze. One that does not exist (any more) was not.</summary>
    public bool IsFrozen
    {
        get
        {
            try
            {
                return DirectoryOf("freezer") is { } v1
                    ? Fd.ReadText($"{v1}/freezer.state") != "THAWED"
                    : Fd.ReadText($"{DirectoryIn(Host.Unified!)}/cgroup.freeze") == "1";
            }
            catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENODEV)
            {
                return false;
            }
        }
    }

    /// <summary>Waits until no process is left in the group and below. v2 (and hybrid) only.</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP: a v1 host has no event for that; await the processes' pidfds.</exception>
    public Task WaitEmptyAsync(CancellationToken cancellationToken) => Host.Unified is { } unified
        ? WaitEventAsync(DirectoryIn(unified), "populated 0", cancellationToken)
        : throw new LinuxException(Errno.EOPNOTSUPP, "cgroup.events", Path);

    private void KillUnified()
    {
        if (Host.Unified is not { } unified || !File.Exists($"{DirectoryIn(unified)}/cgroup.kill"))
        {
            return;
        }

        try
        {
            Fd.WriteText($"{DirectoryIn(unified)}/cgroup.kill", "1");
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            // Removed meanwhile.
        }
    }

    private async Task KillAllAsync(IEnumerable<int> pids, CancellationToken cancellationToken)
    {
        var killed = new List<PidFd>();
        try
        {
            foreach (var pid in pids)
            {
                if (PidFd.TryOpen(pid) is { } pidFd)
                {
                    killed.Add(pidFd);
                }
            }

            // A number read before its pidfd was opened may be another process's by now; one that is still listed is one of ours.
            var listed = Processes();
            foreach (var pidFd in killed.Where(pidFd => listed.Contains(pidFd.Pid)))
            {
                pidFd.Send(Signal.SIGKILL);
            }

            ThawLegacy();
            await Task.WhenAll(killed.Where(pidFd => listed.Contains(pidFd.Pid)).Select(pidFd => pidFd.WaitAsync(cancellationToken)));
        }
        finally
        {
            killed.ForEach(pidFd => pidFd.Dispose());
        }
    }

    /// <summary>v1's freezer keeps even SIGKILL waiting.</summary>
    private void ThawLegacy()
    {
        if (DirectoryOf("freezer") is not { } directory)
        {
            return;
        }

        foreach (var group in GroupsBelow(directory))
        {
            try
            {
                Fd.WriteText($"{group}/freezer.state", "THAWED");
            }
            catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENODEV)
            {
                // Removed meanwhile.
            }
        }
    }

    private static unsafe bool TryRemove(string directory)
    {
        foreach (var group in GroupsBelow(directory).AsEnumerable().Reverse())
        {
            fixed (byte* path = CString.Encode(group))
            {
                if (Libc.UnlinkAt(Fd.CurrentDirectory, path, Libc.AtRemoveDir) >= 0)
                {
                    continue;
                }
            }

            var e = LinuxException.Last("rmdir", group);
            if (e.Errno == Errno.EBUSY)
            {
                return false;
            }

            if (e.Errno != Errno.ENOENT)
            {
                throw e;
            }
        }

        return true;
    }

    private async Task SetFrozenAsync(bool frozen, CancellationToken cancellationToken)
    {
        if (DirectoryOf("freezer") is not { } legacy)
        {
            var directory = DirectoryIn(Host.Unified ?? throw new LinuxException(Errno.EOPNOTSUPP, "freeze", Path));
            Fd.WriteText($"{directory}/cgroup.freeze", frozen ? "1" : "0");
            await WaitEventAsync(directory, frozen ? "frozen 1" : "frozen 0", cancellationToken);
            return;
        }

        var state = frozen ? "FROZEN" : "THAWED";
        Fd.WriteText($"{legacy}/freezer.state", state);
        while (Fd.ReadText($"{legacy}/freezer.state") != state)
        {
            await Task.Delay(LegacyPause, cancellationToken);
        }
    }

    private static async Task WaitEventAsync(string directory, string line, CancellationToken cancellationToken)
    {
        using var events = Fd.Open($"{directory}/cgroup.events", OpenFlags.ReadOnly);
        var buffer = new byte[256];
        while (true)
        {
            // Reading from the start arms the next notification.
            Check.Result(Libc.LSeek(events, 0, 0), "lseek");
            var n = Fd.TryRead(events, buffer) ?? 0;
            if (System.Text.Encoding.ASCII.GetString(buffer, 0, n).Split('\n').Contains(line))
            {
                return;
            }

            await Reactor.Shared.WaitAsync(events, PollEvents.Priority, cancellationToken);
        }
    }
}
