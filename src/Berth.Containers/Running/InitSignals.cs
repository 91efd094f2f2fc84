using System.Globalization;
using System.Runtime.InteropServices;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Containers.Running;

/// <summary>How an init is asked to power off.</summary>
internal static class InitSignals
{
    /// <summary>systemd takes SIGRTMIN+3 (systemd(1)), busybox init SIGUSR2, sysvinit and OpenRC SIGPWR.</summary>
    public static int PowerOff(int initPid)
    {
        var program = Path.GetFileName(ProgramOf(initPid));
        return program switch
        {
            "systemd" => Signal.RealTime(3),
            "busybox" or "busybox.static" => Signal.SIGUSR2,
            _ => Signal.SIGPWR,
        };
    }

    /// <summary>Init would see the signal: it has a handler, has blocked it to read it from a signalfd, or waits for signals. A signal that comes earlier is lost.</summary>
    public static bool Handles(int pid, int signal)
    {
        try
        {
            var bit = 1UL << (signal - 1);
            foreach (var line in Fd.ReadText($"/proc/{pid}/status").Split('\n'))
            {
                if ((line.StartsWith("SigCgt:", StringComparison.Ordinal) || line.StartsWith("SigBlk:", StringComparison.Ordinal))
                    && (ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & bit) != 0)
                {
                    return true;
                }
            }

            return IsInSignalWait(pid);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ESRCH)
        {
            // It has ended meanwhile.
        }

        return false;
    }

    /// <summary>As long as it is in sigtimedwait(2), what it waits for is not shown as blocked; busybox init waits so.</summary>
    private static bool IsInSignalWait(int pid)
    {
        var call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "137 " : "128 ";
        return Fd.ReadText($"/proc/{pid}/syscall").StartsWith(call, StringComparison.Ordinal);
    }

    private static string ProgramOf(int pid)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }
}
