using System.Globalization;
using System.Text;
using Berth.Core.Instances;

namespace Berth.Containers.Lxc;

/// <summary>The part of liblxc's configuration that the instance's own asks for.</summary>
internal static class LxcExtras
{
    /// <summary>Where systemd finds its credentials inside.</summary>
    private const string CredentialsPath = "/dev/.incus-systemd-credentials";

    private const string KernelLimit = "limits.kernel.";
    private const string Sysctl = "linux.sysctl.";

    public static void Write(RunSpec spec, ContainerPaths paths, StringBuilder text, Action<string, string> set)
    {
        foreach (var (key, value) in spec.Config)
        {
            if (key.StartsWith(KernelLimit, StringComparison.Ordinal))
            {
                set($"prlimit.{key[KernelLimit.Length..]}", value);
            }
            else if (key.StartsWith(Sysctl, StringComparison.Ordinal))
            {
                set($"sysctl.{key[Sysctl.Length..].Replace('/', '.')}", value);
            }
        }

        if (spec.Limits.OomPriority is { } priority)
        {
            set("proc.oom_score_adj", priority.ToString(CultureInfo.InvariantCulture));
        }

        if (SystemdCredentials.Of(spec.Config).Count > 0)
        {
            set("environment", $"CREDENTIALS_DIRECTORY={CredentialsPath}");
            set("mount.entry", $"{paths.Credentials.Replace(" ", "\\040", StringComparison.Ordinal)} {CredentialsPath[1..]} none bind,ro,create=dir 0 0");
        }

        // Last, so that what a user wrote holds.
        foreach (var (key, value) in RawLxc.Parse(spec.Config.GetValueOrDefault("raw.lxc", "")))
        {
            text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
        }
    }
}
