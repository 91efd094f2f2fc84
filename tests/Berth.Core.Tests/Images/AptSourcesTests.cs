using Berth.Core.Images.Building;

namespace Berth.Core.Tests.Images;

public sealed class AptSourcesTests
{
    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    private static readonly Distribution Trixie = Distribution.Find("debian", "13");

    [Fact]
    public void One_line_entries_with_their_options()
    {
        var source = Assert.Single(AptSources.ParseOneLine(
            "# comment\ndeb-src http://mirror.test/debian bookworm main\ndeb [arch=amd64 signed-by=/k.gpg trusted=yes] http://mirror.test/debian bookworm main contrib # x\n"));
        Assert.Equal(("http://mirror.test/debian", "bookworm", "/k.gpg", true), (source.Uri, source.Suite, source.SignedBy, source.Trusted));
        Assert.Equal(["main", "contrib"], source.Components);
    }

    [Fact]
    public void Deb822_entries_multiply_and_disabled_ones_do_not_count()
    {
        var sources = AptSources.ParseDeb822($"""
            Types: deb
            # a comment inside
            URIs: http://one.test/debian
             http://two.test/debian
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By: {Keyring}

            Types: deb
            Enabled: no
            URIs: http://off.test/debian
            Suites: bookworm
            Components: main
            """).ToList();
        Assert.Equal(4, sources.Count);
        Assert.All(sources, source => Assert.Equal(Keyring, source.SignedBy));
    }

    [Fact]
    public void The_hosts_mirror_serves_other_releases_too()
    {
        var host = AptSources.ParseOneLine("""
            deb https://packages.test/tool bookworm main
            deb http://mirror.test/debian bookworm main
            deb http://mirror.test/debian bookworm-updates main
            deb http://security.test/debian-security bookworm-security main
            """).ToList();
        Assert.Equal(
            [
                $"deb [signed-by={Keyring}] http://mirror.test/debian trixie main",
                $"deb [signed-by={Keyring}] http://mirror.test/debian trixie-updates main",
                $"deb [signed-by={Keyring}] http://security.test/debian-security trixie-security main",
            ],
            MirrorFinder.SourcesFor(Trixie, "trixie", host, _ => true));
    }

    [Fact]
    public void A_host_without_the_archive_is_told()
    {
        var host = AptSources.ParseOneLine("deb https://packages.test/tool bookworm main\ndeb file:///srv/debian bookworm main\n").ToList();
        var error = Assert.Throws<BerthException>(() => MirrorFinder.SourcesFor(Trixie, "trixie", host, _ => true));
        Assert.Contains("no Debian archive", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_releases_list_the_known()
    {
        Assert.Contains("debian/12", Assert.Throws<BerthException>(() => Distribution.Find("debian", "99")).Message, StringComparison.Ordinal);
        Assert.Throws<BerthException>(() => DistributionRequest.Parse("debian"));
    }
}
