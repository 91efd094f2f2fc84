using System.Globalization;
using Berth.Linux;
using Berth.Linux.Cgroups;
using Berth.Linux.Processes;

namespace Berth.Machines.Process;

/// <summary>A QEMU that runs, found by what only it can have: its machine's uuid in its command line.</summary>
/// <param name="Memory">Bytes it was started with.</param>
internal sealed record QemuProcess(PidFd PidFd, bool Kvm, int Cpus, long Memory) : IDisposable
{
    /// <summary>Null when the machine does not run. Looks in its cgroup first; a daemon that died while starting it may not have put it there.</summary>
    public static QemuProcess? Find(Guid uuid, Cgroup cgroup)
    {
        var candidates = cgroup.Processes().Concat(AllProcesses());
        return candidates.Select(pid => TryOpen(pid, uuid)).FirstOrDefault(found => found is not null);
    }

    public void Dispose() => PidFd.Dispose();

    private static QemuProcess? TryOpen(int pid, Guid uuid)
    {
        if (!IsMachine(ReadCommandLine(pid), uuid) || PidFd.TryOpen(pid) is not { } pidFd)
        {
            return null;
        }

        // Read again now that the number cannot change its process any more.
        var arguments = ReadCommandLine(pid);
        if (pidFd.HasExited || !IsMachine(arguments, uuid))
        {
            pidFd.Dispose();
            return null;
        }
        return new QemuProcess(
            pidFd,
            After(arguments, "-accel").StartsWith("kvm", StringComparison.Ordinal),
            (int)Number(After(arguments, "-smp"), "cpus="),
            Number(After(arguments, "-m"), "size=") << 20);
    }

    private static bool IsMachine(string[] arguments, Guid uuid) =>
        After(arguments, "-uuid") == uuid.ToString() && arguments.Contains("-sandbox");

    private static string After(string[] arguments, string option) =>
        Array.IndexOf(arguments, option) is >= 0 and var index && index + 1 < arguments.Length ? arguments[index + 1] : "";

    private static long Number(string text, string prefix)
    {
        var digits = text.Split(',').FirstOrDefault(part => part.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..].TrimEnd('M');
        return long.TryParse(digits, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static string[] ReadCommandLine(int pid)
    {
        try
        {
            return Fd.ReadText($"/proc/{pid}/cmdline").Split('\0');
        }
        catch (LinuxException)
        {
            // Gone since it was listed.
            return [];
        }
    }

    private static IEnumerable<int> AllProcesses() => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(path.AsSpan("/proc/".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0);
}
