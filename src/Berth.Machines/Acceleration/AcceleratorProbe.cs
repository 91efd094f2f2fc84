using Berth.Core;

namespace Berth.Machines.Acceleration;

/// <summary>Chooses KVM or TCG for this host.</summary>
internal static class AcceleratorProbe
{
    /// <summary><c>auto</c> (default), <c>kvm</c> or <c>tcg</c>.</summary>
    public const string ConfigKey = "berth.machine.accelerator";

    private const UnixFileMode GroupAccess = UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const UnixFileMode OtherAccess = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public static Accelerator Choose(string? wanted, string device = "/dev/kvm", string cpuinfo = "/proc/cpuinfo")
    {
        switch (wanted)
        {
            case "tcg":
                return new Accelerator(false, $"{ConfigKey}=tcg");
            case "kvm":
                return new Accelerator(true, $"{ConfigKey}=kvm");
            case null or "" or "auto":
                var obstacle = Obstacle(device, cpuinfo);
                return obstacle is null ? new Accelerator(true, "the host has KVM") : new Accelerator(false, obstacle);
            default:
                throw BerthException.BadRequest($"{ConfigKey} is \"{wanted}\"; it can be auto, kvm or tcg.");
        }
    }

    /// <summary>Groups that QEMU needs to open the device: its own uid owns nothing.</summary>
    public static bool NeedsGroup(string device = "/dev/kvm") => (File.GetUnixFileMode(device) & OtherAccess) != OtherAccess;

    private static string? Obstacle(string device, string cpuinfo)
    {
        if (!File.Exists(device))
        {
            return $"no KVM: {device} does not exist";
        }
        var mode = File.GetUnixFileMode(device);
        if ((mode & GroupAccess) != GroupAccess && (mode & OtherAccess) != OtherAccess)
        {
            return $"no KVM: {device} is for its owner alone, machines run as users of their own (chgrp kvm {device}; chmod g+rw {device})";
        }
        if (!HasVirtualization(cpuinfo))
        {
            return "no KVM: the CPU shows neither vmx nor svm";
        }
        try
        {
            using var handle = File.OpenHandle(device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"no KVM: {device} cannot be opened: {e.Message}";
        }
    }

    private static bool HasVirtualization(string cpuinfo) =>
        File.ReadLines(cpuinfo).FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) is { } flags
        && flags.Split(' ').Any(flag => flag is "vmx" or "svm");
}
