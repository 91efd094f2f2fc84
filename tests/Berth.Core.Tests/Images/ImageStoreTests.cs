using Berth.Core.Images.Import;

namespace Berth.Core.Tests.Images;

public sealed class ImageStoreTests : IDisposable
{
    private readonly TestHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Names_lead_to_images_and_mistakes_to_suggestions()
    {
        var image = await _host.ImportAsync(ImportTests.Unified());
        _host.Store.CreateAlias("default", "debian/12", image.Fingerprint);
        Assert.Equal(image.Fingerprint, _host.Store.Resolve("default", "debian/12").Fingerprint);
        Assert.Equal(image.Fingerprint, _host.Store.Resolve("default", image.Fingerprint[..6].ToUpperInvariant()).Fingerprint);
        var error = Assert.Throws<BerthException>(() => _host.Store.Resolve("default", "debian/13"));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains("no such image debian/13; available: debian/12", error.Message, StringComparison.Ordinal);
        Assert.Contains("berth image build", Assert.Throws<BerthException>(() => _host.Store.Resolve("other", "debian/12")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ambiguous_prefix_names_the_candidates()
    {
        // 17 images cannot all differ in their first digit.
        for (var i = 0; i < 17; i++)
        {
            await _host.ImportAsync(ImportTests.Unified($"{i}"));
        }

        var shared = _host.Store.List().GroupBy(image => image.Image.Fingerprint[..1]).First(group => group.Count() > 1);
        var error = Assert.Throws<BerthException>(() => _host.Store.Get("default", shared.Key));
        Assert.Equal(ErrorKind.BadRequest, error.Kind);
        Assert.Contains(shared.First().Image.ShortFingerprint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Aliases_live_and_die()
    {
        var one = await _host.ImportAsync(ImportTests.Unified("1"));
        var two = await _host.ImportAsync(ImportTests.Unified("2"));
        _host.Store.CreateAlias("default", "a", one.Fingerprint, "first");
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<BerthException>(() => _host.Store.CreateAlias("default", "a", two.Fingerprint)).Kind);
        _host.Store.UpdateAlias("default", "a", two.Fingerprint, null);
        Assert.Equal((two.Fingerprint, "first"), (_host.Store.GetAlias("default", "a").Target, _host.Store.GetAlias("default", "a").Description));
        _host.Store.RenameAlias("default", "a", "b");
        Assert.Null(_host.Store.FindAlias("default", "a"));
        _host.Store.Delete("default", two.Fingerprint);
        Assert.Empty(_host.Store.ListAliases());
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => _host.Store.CreateAlias("default", "-x", one.Fingerprint)).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<BerthException>(() => _host.Store.DeleteAlias("default", "b")).Kind);
    }

    [Fact]
    public async Task Deleting_while_an_export_reads_is_safe()
    {
        var image = await _host.ImportAsync(ImportTests.Unified());
        await using var file = _host.Store.OpenFiles("default", image.Fingerprint)[0].Stream;
        Assert.True(_host.Store.Delete("default", image.Fingerprint).Gone);
        _host.AssertNothingLeft();
        var rest = new MemoryStream();
        await file.CopyToAsync(rest, TestHost.Cancel);
        Assert.Equal(image.Size, rest.Length);
    }

    [Fact]
    public async Task Two_projects_share_the_files()
    {
        var image = await _host.ImportAsync(ImportTests.Unified());
        await _host.ImportAsync(new ImageImportOptions { Project = "other" }, ImportTests.Unified());
        Assert.False(_host.Store.Delete("default", image.Fingerprint).Gone);
        _host.Store.OpenFiles("other", image.Fingerprint)[0].Stream.Dispose();
        Assert.True(_host.Store.Delete("other", image.Fingerprint).Gone);
        _host.AssertNothingLeft();
    }

    [Fact]
    public async Task A_change_keeps_the_rest()
    {
        var image = await _host.ImportAsync(ImportTests.Unified());
        _host.Store.Change("default", image.Fingerprint, old => old with { Public = true });
        var changed = _host.Store.Get("default", image.Fingerprint);
        Assert.True(changed.Public);
        Assert.Equal("Test", changed.Properties["os"]);
        Assert.Equal(image.Files[0].Sha256, changed.Files[0].Sha256);
    }

    [Fact]
    public async Task Recovery_removes_what_a_crash_left()
    {
        var image = await _host.ImportAsync(ImportTests.Unified());
        Directory.CreateDirectory(Path.Combine(_host.Layout.Images, ".staging-x"));
        Directory.CreateDirectory(Path.Combine(_host.Layout.Images, new string('a', 64)));
        await _host.Store.RecoverAsync(TestHost.Cancel);
        Assert.Equal([image.Fingerprint], Directory.EnumerateDirectories(_host.Layout.Images).Select(Path.GetFileName));
        Directory.Delete(Path.Combine(_host.Layout.Images, image.Fingerprint), recursive: true);
        await _host.Store.RecoverAsync(TestHost.Cancel);
        _host.AssertNothingLeft();
    }
}
