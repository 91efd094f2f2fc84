using System.Security.Cryptography;

namespace Berth.EndToEnd.Support;

/// <summary>An image that <c>berth image build</c> makes: built once, then kept for later runs.</summary>
internal sealed record DebianImage(string Release, string Name, params string[] Packages)
{
    public const string Alias = "debian/12";

    /// <summary>As every user builds it.</summary>
    public static readonly DebianImage Plain = new(Alias, Alias);

    /// <summary>A host for Berth with what a container host needs: cgroup v2 alone, AppArmor, systemd.</summary>
    public static readonly DebianImage Trixie = new(
        "debian/13", "host/13",
        "liblxc1t64", "liblxc-common", "lxcfs", "dnsmasq-base", "nftables", "squashfs-tools", "zstd", "xz-utils", "procps", "kmod", "apparmor");

    private static readonly TimeSpan _buildDeadline = TimeSpan.FromMinutes(15);

    private string Prefix => Name.Replace('/', '-') + "-";

    public async Task ProvideAsync(Server server)
    {
        if (await KeptAsync() is [_, ..] kept)
        {
            await server.BerthAsync(["image", "import", .. kept, "--alias", Name]);
            return;
        }

        var packages = Packages.SelectMany(p => new[] { "--package", p });
        var build = server.BerthCommand(["image", "build", Release, "--alias", Name, .. packages]) with { Deadline = _buildDeadline };
        (await build.RunAsync(TestContext.Current.CancellationToken)).Succeeded();
        await KeepAsync(server);
    }

    /// <summary>The image's files, as <c>berth image import</c> takes them: the metadata first, then the root.</summary>
    public async Task<string[]> KeptAsync()
    {
        Directory.CreateDirectory(Host.Cache);
        var name = await FileNameAsync();
        return [.. Directory.GetFiles(Host.Cache, name + "*").OrderBy(f => f.Contains(".root.", StringComparison.Ordinal))];
    }

    /// <summary>The image holds the agent and its packages: other ones mean another image.</summary>
    private async Task<string> FileNameAsync()
    {
        var agent = await File.ReadAllBytesAsync(Path.Combine(Host.Binaries, "berth-agent"));
        var hash = SHA256.HashData([.. SHA256.HashData(agent), .. System.Text.Encoding.UTF8.GetBytes(string.Join(' ', Packages))]);
        return Prefix + Convert.ToHexStringLower(hash)[..12];
    }

    /// <summary>Exported beside its final name first: a run that is killed leaves no half of an image.</summary>
    private async Task KeepAsync(Server server)
    {
        foreach (var stale in Directory.GetFiles(Host.Cache, Prefix + "*"))
        {
            File.Delete(stale);
        }

        var staging = Directory.CreateDirectory(Path.Combine(Host.Cache, "staging")).FullName;
        await server.BerthAsync("image", "export", Name, Path.Combine(staging, await FileNameAsync()));
        foreach (var file in Directory.GetFiles(staging))
        {
            File.Move(file, Path.Combine(Host.Cache, Path.GetFileName(file)));
        }

        Directory.Delete(staging, recursive: true);
    }
}
