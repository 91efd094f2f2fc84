namespace Berth.Core.Images.Building;

/// <summary>A release of a distribution that Berth knows how to build.</summary>
/// <param name="Id"><c>debian</c> or <c>ubuntu</c>.</param>
/// <param name="Release">Number, as users say it.</param>
/// <param name="Codename">The archive's name for it.</param>
internal sealed record Distribution(string Id, string Release, string Codename)
{
    private static readonly Distribution[] Known =
    [
        new("debian", "11", "bullseye"), new("debian", "12", "bookworm"), new("debian", "13", "trixie"),
        new("ubuntu", "22.04", "jammy"), new("ubuntu", "24.04", "noble"),
    ];

    public string DisplayName => Id == "debian" ? "Debian" : "Ubuntu";

    public string Keyring => Id == "debian" ? "/usr/share/keyrings/debian-archive-keyring.gpg" : "/usr/share/keyrings/ubuntu-archive-keyring.gpg";

    public string Components => Id == "debian" ? "main" : "main universe";

    /// <summary>Code names of every release of the distribution: whatever the host runs, its archive is recognised by one of them.</summary>
    public IEnumerable<string> AllCodenames => Known.Where(other => other.Id == Id).Select(other => other.Codename);

    /// <exception cref="BerthException">BadRequest, with what is known.</exception>
    public static Distribution Find(string id, string release) =>
        Array.Find(Known, known => known.Id == id && (known.Release == release || known.Codename == release))
            ?? throw BerthException.BadRequest(
                $"cannot build {id}/{release}; known are {string.Join(", ", Known.Select(known => $"{known.Id}/{known.Release}"))}");

    /// <summary>One image for both kinds: init, network and a kernel for virtual hardware, and little else.</summary>
    public IReadOnlyList<string> Packages(string architecture)
    {
        List<string> packages =
        [
            "systemd", "systemd-sysv", "libpam-systemd", "dbus", "udev", "kmod", "login", "passwd", "e2fsprogs", "initramfs-tools", "lz4",
            "ca-certificates", "netbase", "iproute2", "iputils-ping", "procps", "less", "nano", Kernel(architecture),
            Id == "debian" ? "debian-archive-keyring" : "ubuntu-keyring",
        ];
        if (Codename is not ("bullseye" or "jammy"))
        {
            packages.Add("systemd-resolved");
        }

        return packages;
    }

    private string Kernel(string architecture) => Id switch
    {
        "ubuntu" => "linux-image-virtual",
        _ when architecture is "amd64" or "arm64" => $"linux-image-cloud-{architecture}",
        _ => $"linux-image-{architecture}",
    };
}
