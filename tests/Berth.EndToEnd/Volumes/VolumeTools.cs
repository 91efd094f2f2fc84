namespace Berth.EndToEnd.Volumes;

/// <summary>What several tests of custom volumes do.</summary>
internal static class VolumeTools
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary><c>incus storage volume …</c>, which has to go well.</summary>
    public static Task<CommandResult> RunAsync(Server server, params string[] arguments) => server.IncusAsync(["storage", "volume", .. arguments]);

    /// <summary>Custom volumes and their snapshots, in order; with the pool's name where several pools are given.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(Server server, params string[] pools)
    {
        var names = new List<string>();
        foreach (var pool in pools.Length > 0 ? pools : ["default"])
        {
            var all = await server.Api.GetAsync($"/1.0/storage-pools/{pool}/volumes/custom?recursion=1", Cancellation);
            foreach (var volume in all.EnumerateArray().Select(v => v.GetProperty("name").GetString()!).Where(n => !n.Contains('/', StringComparison.Ordinal)))
            {
                var snapshots = await server.Api.GetAsync($"/1.0/storage-pools/{pool}/volumes/custom/{volume}/snapshots", Cancellation);
                var name = pools.Length > 0 ? $"{pool}/{volume}" : volume;
                names.Add(name);
                names.AddRange(snapshots.EnumerateArray().Select(s => $"{name}/{s.GetString()!.Split('/')[^1]}"));
            }
        }

        return [.. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>Deletes what a test left; nobody uses it any more.</summary>
    public static async Task DeleteAllAsync(Server server, params string[] pools)
    {
        foreach (var pool in pools.Length > 0 ? pools : ["default"])
        {
            foreach (var volume in (await NamesAsync(server, pool)).Select(n => n.Split('/')).Where(n => n.Length == 2))
            {
                await server.BerthAsync("storage", "volume", "delete", pool, volume[1]);
            }
        }
    }
}
