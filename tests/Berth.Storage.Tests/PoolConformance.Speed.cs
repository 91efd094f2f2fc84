using System.Diagnostics;
using static Berth.Storage.Tests.TestPool;

namespace Berth.Storage.Tests;

public abstract partial class PoolConformance
{
    /// <summary>Prints medians; run with <c>-explicit only</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Speed()
    {
        await using var test = await CreateAsync(fixture);
        await test.Pool.AddImageDiskAsync(Image, MakeDisk, Cancel);
        var names = Enumerable.Range(0, 100).Select(i => $"c{i}").ToList();
        await Measure("create root", names, name => test.Pool.CreateContainerRootAsync(name, Image, Base, null, Cancel));
        await Measure("write config copy", names, name => test.Pool.WriteConfigCopyAsync(name, Container, "{}"u8.ToArray(), Cancel));
        await Measure("mount root and close", names, async name => (await test.Pool.MountContainerRootAsync(name, Base, Cancel)).Dispose());
        await Measure("usage", names, name => test.Pool.GetUsageAsync(name, Container, count: true, Cancel));
        await Measure("copy root", names, name => test.Pool.CopyAsync(name, name + "copy", Container, Base, Base + 65536, Cancel));
        await Measure("delete root", names, name => test.Pool.DeleteAsync(name, Container, Cancel));
        await Measure("create machine disk", names, name => test.Pool.CreateMachineDiskAsync(name, Image, null, Cancel));
        await Measure("delete machine disk", names, name => test.Pool.DeleteAsync(name, Machine, Cancel));
        await test.TrashEmptyAsync();
        await Measure("create root, 1 GiB", names, name => test.Pool.CreateContainerRootAsync(name, Image, Base, 1L << 30, Cancel));
        await Measure("mount root and close, 1 GiB", names, async name => (await test.Pool.MountContainerRootAsync(name, Base, Cancel)).Dispose());
        await Measure("usage, 1 GiB", names, name => test.Pool.GetUsageAsync(name, Container, count: true, Cancel));
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(names.Select(name => Task.Run(() => test.Pool.DeleteAsync(name, Container, Cancel), Cancel)));
        await test.TrashEmptyAsync();
        Print("delete 100 and empty the trash", clock.Elapsed);
        clock.Restart();
        await Task.WhenAll(names.Select(name => Task.Run(() => test.Pool.CreateContainerRootAsync(name, Image, Base, null, Cancel), Cancel)));
        Print("create 100 roots at once", clock.Elapsed);
    }

    private static async Task Measure(string what, IEnumerable<string> names, Func<string, Task> action)
    {
        var times = new List<TimeSpan>();
        foreach (var name in names)
        {
            var clock = Stopwatch.StartNew();
            await action(name);
            times.Add(clock.Elapsed);
        }

        Print(what, times.Order().ElementAt(times.Count / 2));
    }

    private static void Print(string what, TimeSpan time) => TestContext.Current.TestOutputHelper!.WriteLine($"{what}: {time.TotalMilliseconds:0.00} ms");
}
