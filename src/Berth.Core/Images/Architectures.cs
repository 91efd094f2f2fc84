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

    /// <summary>The host's, as dpkg says.</summary>
    public static string HostDebian => Host switch
    {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        var other => other,
    };

    /// <summary>Distributions' names as the kernel's.</summary>
    public static string Normalize(string name) => name switch
    {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "i386" or "x86" => "i686",
        "armhf" => "armv7l",
        "ppc64el" => "ppc64le",
        _ => name,
    };
}
