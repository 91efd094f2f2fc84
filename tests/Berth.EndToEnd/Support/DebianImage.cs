using System.Security.Cryptography;

namespace Berth.EndToEnd.Support;

/// <summary>The image that <c>berth image build debian/12</c> makes: built once, then kept for later runs.</summary>
internal static class DebianImage
{
    public const string Alias = "debian/12";

    private static readonly TimeSpan _buildDeadline = TimeSpan.FromMinutes(15);

    public static async Task ProvideAsync(Server server)
    {
        // The image holds the agent, so another agent means another image.
        var agent = SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Host.Binaries, "berth-agent")));
        var name = "debian-12-" + Convert.ToHexStringLower(agent)[..12];
        Directory.CreateDirectory(Host.Cache);
        // The client takes the metadata first, then the root.
        var kept = Directory.GetFiles(Host.Cache, name + "*").OrderBy(f => f.Contains(".root.", StringComparison.Ordinal)).ToArray();
        if (kept.Length > 0)
        {
            await server.BerthAsync(["image", "import", .. kept, "--alias", Alias]);
            return;
        }

        var build = server.BerthCommand("image", "build", Alias) with { Deadline = _buildDeadline };
        (await build.RunAsync(TestContext.Current.CancellationToken)).Succeeded();
        await KeepAsync(server, name);
    }

    /// <summary>Exported beside its final name first: a run that is killed leaves no half of an image.</summary>
    private static async Task KeepAsync(Server server, string name)
    {
        foreach (var stale in Directory.GetFiles(Host.Cache, "debian-12-*"))
        {
            File.Delete(stale);
        }

        var staging = Directory.CreateDirectory(Path.Combine(Host.Cache, "staging")).FullName;
        await server.BerthAsync("image", "export", Alias, Path.Combine(staging, name));
        foreach (var file in Directory.GetFiles(staging))
        {
            File.Move(file, Path.Combine(Host.Cache, Path.GetFileName(file)));
        }

        Directory.Delete(staging, recursive: true);
    }
}
