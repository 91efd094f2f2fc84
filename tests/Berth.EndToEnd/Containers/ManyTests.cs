namespace Berth.EndToEnd.Containers;

/// <summary>A hundred containers started at once and removed with nothing left.</summary>
public sealed class ManyTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private const int Count = 100;

    [Fact]
    public async Task A_hundred_at_once()
    {
        var names = Enumerable.Range(1, Count).Select(i => $"many{i}").ToList();
        var results = await Task.WhenAll(names.Select(n => (Server.BerthCommand("launch", BusyboxImage.Alias, n) with { Deadline = TimeSpan.FromMinutes(5) }).RunAsync(Cancellation)));
        Assert.All(results, r => r.Succeeded());
        var running = await Server.BerthAsync("list", "--format", "csv", "--columns", "ns");
        Assert.Equal(names.Select(n => n + ",RUNNING").Order(StringComparer.Ordinal), running.Line.Split('\n').Order(StringComparer.Ordinal));
        foreach (var name in names.Where((_, i) => i % 10 == 0))
        {
            Assert.Equal(name, await ExecAsync(name, "echo", name));
        }

        results = await Task.WhenAll(names.Select(n => (Server.BerthCommand("delete", "--force", n) with { Deadline = TimeSpan.FromMinutes(5) }).RunAsync(Cancellation)));
        Assert.All(results, r => r.Succeeded());
        Assert.Empty(await Server.NamesAsync());
    }
}
