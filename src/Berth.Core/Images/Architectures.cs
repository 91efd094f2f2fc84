using System.Collections.Frozen;
using System.Runtime.InteropServices;

namespace Berth.Core.Images;

/// <summary>Names of architectures: the API uses the kernel's.</summary>
internal static class Architectures
{
    /// <summary>The host's, as <c>uname -m</c> says.</summary>
    public static string Host => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.Arm64 => "aarch64",
        Architecture.RiscV64 => "riscv64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Every name that the API knows.</summary>
    public static readonly FrozenSet<string> Known = FrozenSet.ToFrozenSet(
        [
            "aarch64", "armv6l", "armv7l", "armv8l", "i686", "loongarch64", "mips", "mips64", "ppc", "ppc64", "ppc64le", "riscv32", "riscv64", "s390x", "x86_64",
        ],
        StringComparer.Ordinal);

    /// <summary>The host's, as dpkg says.</summary>
    public static string HostDebian => Host switch
    {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        var other => other,
    };

    /// <exception cref="BerthException">BadRequest: programs of this architecture do not run on this host.</exception>
    public static void RequireRunnable(string architecture, string image)
    {
        if (architecture != Host && !(Host == "x86_64" && architecture == "i686"))
        {
            throw BerthException.BadRequest($"image {image} is for {architecture}; this host runs {Host}");
        }
    }

    /// <summary>Distributions' names as the kernel's.</summary>
    public static string Normalize(string name) => name switch
    {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "i386" or "i586" or "x86" or "386" => "i686",
        "armhf" or "armv7" => "armv7l",
        "armel" or "arm" => "armv6l",
        "ppc64el" => "ppc64le",
        "loong64" => "loongarch64",
        _ => name,
    };
}
