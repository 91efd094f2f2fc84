namespace Berth.Core.Images.Building;

/// <summary>Finds a distribution's archives among the host's own: Berth names no server.</summary>
internal static class MirrorFinder
{
    /// <summary>The lines of a sources.list for a suite, from the host's mirrors.</summary>
    /// <exception cref="BerthException">BadRequest when the host has no archive of the distribution.</exception>
    public static IReadOnlyList<string> SourcesFor(Distribution distribution, string suite, IReadOnlyList<AptSource> host, Func<string, bool> keyringExists)
    {
        var main = Best(distribution, host, Main)
            ?? throw BerthException.BadRequest(
                $"cannot build {distribution.Id}/{distribution.Release}: this host's apt configuration (/etc/apt/sources.list*) has no {distribution.DisplayName} archive over http or https; add one");
        var lines = new List<string> { Line(distribution, main, suite, keyringExists) };
        if (suite != distribution.Codename || suite is "sid" or "unstable")
        {
            return lines;
        }

        lines.Add(Line(distribution, main, suite + "-updates", keyringExists));
        if (Best(distribution, host, Security) is { } security)
        {
            lines.Add(Line(distribution, security, suite + "-security", keyringExists));
        }

        return lines;
    }

    /// <summary>The keyring that signs the first line; null for apt's own.</summary>
    public static string? KeyringFor(Distribution distribution, IReadOnlyList<AptSource> host, Func<string, bool> exists) =>
        Best(distribution, host, Main) is { SignedBy: { Length: > 0 } key } ? key : exists(distribution.Keyring) ? distribution.Keyring : null;

    private static bool Main(Distribution distribution, AptSource source) =>
        distribution.AllCodenames.Any(codename => source.Suite == codename || source.Suite == codename + "-updates")
        || source.Suite is "stable" or "oldstable" or "testing" or "sid" or "unstable" && distribution.Id == "debian";

    private static bool Security(Distribution distribution, AptSource source) =>
        distribution.AllCodenames.Any(codename => source.Suite == codename + "-security");

    private static AptSource? Best(Distribution distribution, IReadOnlyList<AptSource> host, Func<Distribution, AptSource, bool> fits) =>
        host.Where(source => source.Components.Contains("main") && fits(distribution, source) && IsHttp(source.Uri))
            .Select((source, order) => (Source: source, Score: Score(distribution, source, host), Order: order))
            .Where(candidate => candidate.Score > 0)
            .OrderByDescending(candidate => candidate.Score).ThenBy(candidate => candidate.Order)
            .Select(candidate => candidate.Source).FirstOrDefault();

    /// <summary>Others publish «bookworm main» too: the distribution's own archive is known by its key, its path or its -updates suite.</summary>
    private static int Score(Distribution distribution, AptSource source, IReadOnlyList<AptSource> host)
    {
        var path = source.Uri.TrimEnd('/');
        var score = Path.GetFileName(source.SignedBy) == Path.GetFileName(distribution.Keyring) ? 4 : 0;
        score += host.Any(other => other.Uri == source.Uri && other.Suite.EndsWith("-updates", StringComparison.Ordinal)) ? 2 : 0;
        return score + (path.EndsWith("/" + distribution.Id, StringComparison.Ordinal)
            || path.EndsWith($"/{distribution.Id}-security", StringComparison.Ordinal) ? 2 : 0);
    }

    private static bool IsHttp(string uri) =>
        uri.StartsWith("http://", StringComparison.Ordinal) || uri.StartsWith("https://", StringComparison.Ordinal);

    private static string Line(Distribution distribution, AptSource source, string suite, Func<string, bool> keyringExists)
    {
        var key = source.SignedBy is { Length: > 0 } named ? named : keyringExists(distribution.Keyring) ? distribution.Keyring : "";
        var options = (source.Trusted, key) switch
        {
            (true, _) => "[trusted=yes] ",
            (_, "") => "",
            _ => $"[signed-by={key}] ",
        };
        return $"deb {options}{source.Uri} {suite} {distribution.Components}";
    }
}
