using System.Diagnostics;
using Berth.Containers.Tests.Support;

namespace Berth.Containers.Tests;

/// <summary>Medians of what a user waits for. Run with <c>-explicit only</c>, and BERTH_TEST_HELPER naming a native helper.</summary>
public sealed class Benchmark(ContainerHost host) : ContainerTest(host)
{
    private const int Rounds = 25;

    [Fact(Explicit = true)]
    public async Task StartExecKill()
    {
        var starts = new List<double>();
        var execs = new List<double>();
        var kills = new List<double>();
        for (var i = 0; i < Rounds; i++)
        {
            var spec = Host.Spec();
            var watch = Stopwatch.StartNew();
            var instance = await StartAsync(spec);
            starts.Add(watch.Elapsed.TotalMilliseconds);
            await ReadyAsync(instance);
            for (var j = 0; j < 3; j++)
            {
                watch.Restart();
                await RunAsync(instance, "true");
                execs.Add(watch.Elapsed.TotalMilliseconds);
            }

            if (i == 0)
            {
                var monitor = ContainerState.Read(ContainerPaths.Of(spec).State)!.MonitorPid;
                TestContext.Current.TestOutputHelper!.WriteLine(string.Join("; ", File.ReadLines($"/proc/{monitor}/smaps_rollup").Where(l => l.StartsWith('R') || l.StartsWith("Pss:", StringComparison.Ordinal))));
            }

            watch.Restart();
            await instance.KillAsync(Cancel);
            kills.Add(watch.Elapsed.TotalMilliseconds);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"start {Show(starts)}; exec true {Show(execs)}; kill {Show(kills)}");
    }

    private static string Show(List<double> all)
    {
        all.Sort();
        return $"min {all[0]:0.0} p50 {all[all.Count / 2]:0.0} p90 {all[all.Count * 9 / 10]:0.0} ms";
    }
}
