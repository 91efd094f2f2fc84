using Berth.Linux.Processes;

namespace Berth.Agent.Tests;

/// <summary>The agent as guests get it.</summary>
public sealed class PublishedTests
{
    private static readonly CommandOptions s_slow = new() { Timeout = TimeSpan.FromMinutes(5) };
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_one_static_file_that_runs_in_an_empty_root()
    {
        var root = Directory.CreateTempSubdirectory("berth-agent-root-");
        try
        {
            var script = Path.Combine(RepositoryRoot(), "src/Berth.Agent/publish.sh");
            var published = await Spawner.RunCheckedAsync(["sh", script, root.FullName], s_slow, _cancel);
            Assert.DoesNotContain("warning", published.Stdout + published.Stderr, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(["berth-agent"], root.GetFileSystemInfos().Select(file => file.Name));
            var run = await Spawner.RunCheckedAsync(["chroot", root.FullName, "/berth-agent", "--version"], null, _cancel);
            Assert.Equal(Product.Version, run.Stdout.Trim());
            var headers = await Spawner.RunCheckedAsync(["readelf", "-l", Path.Combine(root.FullName, "berth-agent")], null, _cancel);
            Assert.DoesNotContain("INTERP", headers.Stdout, StringComparison.Ordinal);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static string RepositoryRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Berth.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }
        return directory;
    }
}
