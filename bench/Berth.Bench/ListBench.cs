using System.Diagnostics;
using System.Globalization;

namespace Berth.Bench;

/// <summary>Listings of many running containers: from the request to the last byte of the answer, on one connection.</summary>
internal static class ListBench
{
    private const int Targets1 = 8;
    private const int Targets2 = 20;

    /// <summary>Makes the containers, measures, and removes them.</summary>
    public static async Task RunAsync(int containers, int rounds)
    {
        await using var subject = await BerthSubject.StartAsync(Place.OnHost(), "dir");
        for (var i = 0; i < containers; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"many{i:D4}");
            await subject.CreateAsync(name, BusyboxImage.Alias);
            await subject.StateAsync(name, "start");
        }

        Console.WriteLine();
        Console.WriteLine($"Listings of {containers} running containers, {rounds} rounds");
        await MeasureAsync(subject.Api, "recursion=0", null, rounds);
        await MeasureAsync(subject.Api, "recursion=1", Targets1, rounds);
        await MeasureAsync(subject.Api, "recursion=2", Targets2, rounds);
        await MeasureAsync(subject.Api, "metrics", null, rounds, "/1.0/metrics");
    }

    /// <summary>The figures of a daemon that runs already.</summary>
    public static async Task MeasureAsync(Api api, string name, int? target, int rounds, string? path = null)
    {
        path ??= "/1.0/instances?" + name;
        for (var i = 0; i < 5; i++)
        {
            await api.TextAsync(path, CancellationToken.None);
        }

        var times = new double[rounds];
        var bytes = 0;
        for (var i = 0; i < rounds; i++)
        {
            var watch = Stopwatch.StartNew();
            bytes = (await api.TextAsync(path, CancellationToken.None)).Length;
            times[i] = watch.Elapsed.TotalMilliseconds;
        }

        Array.Sort(times);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-14} p50 {Soak.Percentile(times, 50),8:0.00} ms   p95 {Soak.Percentile(times, 95),8:0.00} ms   {bytes / 1024,6} KiB   {(target is { } t ? $"target {t} ms" : "")}"));
    }
}
