using System.Globalization;
using System.Text;
using Berth.Linux.Processes;

namespace Berth.Core.Networks.Dhcp;

/// <summary>Finds the dnsmasq that an earlier daemon started, by what it was started with and not by its number alone.</summary>
internal static class DnsmasqFinder
{
    /// <summary>The process of the pid file, else any other one with the network's configuration; null when none runs.</summary>
    public static PidFd? Find(DnsmasqFiles files) => FromPidFile(files) ?? FromProc(files);

    /// <summary>The process that the pid file names, if it is this network's dnsmasq.</summary>
    public static PidFd? FromPidFile(DnsmasqFiles files) =>
        File.Exists(files.PidFile) && int.TryParse(File.ReadAllText(files.PidFile), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var pid)
            ? OpenIfOurs(pid, files)
            : null;

    /// <summary>A daemon that was killed right after starting dnsmasq leaves no pid file yet.</summary>
    private static PidFd? FromProc(DnsmasqFiles files)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && OpenIfOurs(pid, files) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static PidFd? OpenIfOurs(int pid, DnsmasqFiles files)
    {
        if (!IsOurs(pid, files) || PidFd.TryOpen(pid) is not { } process)
        {
            return null;
        }

        // Again, now that the number cannot pass on to another process unseen.
        if (!process.HasExited && IsOurs(pid, files))
        {
            return process;
        }

        process.Dispose();
        return null;
    }

    private static bool IsOurs(int pid, DnsmasqFiles files)
    {
        try
        {
            var arguments = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")).Split('\0');
            return Path.GetFileName(arguments[0]) == "dnsmasq" && arguments.Contains(files.ConfigArgument);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while it was looked at.
            return false;
        }
    }
}
