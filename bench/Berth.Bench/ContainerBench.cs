using System.Text.Json.Nodes;

namespace Berth.Bench;

/// <summary>Containers: both daemons do the same, round by round in turns, so that the host's moods meet both.</summary>
internal sealed class ContainerBench : IAsyncDisposable
{
    private const int Crowd = 12;
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing is asked before the daemon counts as idle: it tidies its memory once after the last request.</summary>
    private static readonly TimeSpan _settle = TimeSpan.FromSeconds(8);

    private readonly List<Subject> _subjects = [];
    private readonly int _rounds;

    private readonly Figure _create = new("create from image", "ms", 15);
    private readonly Figure _start = new("start to init running", "ms", 40);
    private readonly Figure _launch = new("launch, whole command", "ms", 90);
    private readonly Figure _exec = new("exec c -- true", "ms", 20);
    private readonly Figure _list = new($"list of {Crowd}", "ms", 12);
    private readonly Figure _stop = new("force stop", "ms", 40);
    private readonly Figure _delete = new("delete", "ms", 40);
    private readonly Figure _memory = new("idle daemon, RSS", "MB", 45);
    private readonly Figure _cpu = new("idle daemon, CPU", "% of a core", 1);
    private readonly Figure _monitor = new("monitor, PSS each", "MB", 2);

    private ContainerBench(int rounds) => _rounds = rounds;

    public static async Task<ContainerBench> StartAsync(string driver, BenchOptions options)
    {
        var bench = new ContainerBench(options.Rounds);
        try
        {
            bench._subjects.Add(await BerthSubject.StartAsync(await PlaceAsync(driver), driver));
            if (options.Peer && IncusSubject.IsInstalled)
            {
                bench._subjects.Add(await IncusSubject.StartAsync(await PlaceAsync(driver), driver));
            }

            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    public async Task<IReadOnlyList<Figure>> RunAsync()
    {
        foreach (var subject in _subjects)
        {
            // The first use of an image unpacks it: that is the image's cost, not the container's.
            await RoundAsync(subject, record: false);
            for (var i = 0; i < Crowd; i++)
            {
                await subject.CreateAsync($"crowd{i}", BusyboxImage.Alias);
                await subject.StateAsync($"crowd{i}", "start");
            }
        }

        for (var round = 0; round < _rounds; round++)
        {
            Console.Error.WriteLine($"round {round + 1} of {_rounds}");
            foreach (var subject in _subjects)
            {
                await RoundAsync(subject, record: true);
            }
        }

        foreach (var subject in _subjects)
        {
            await IdleAsync(subject);
        }

        return [_create, _start, _launch, _exec, _list, _stop, _delete, _memory, _cpu, _monitor];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subject in _subjects)
        {
            await subject.DisposeAsync();
        }
    }

    private static async Task<Place> PlaceAsync(string driver) => driver == "btrfs" ? await Place.OnBtrfsAsync() : Place.OnHost();

    private async Task RoundAsync(Subject subject, bool record)
    {
        void Add(Figure figure, TimeSpan elapsed)
        {
            if (record)
            {
                figure.Add(subject, elapsed.TotalMilliseconds);
            }
        }

        Add(_create, await subject.CreateAsync("one", BusyboxImage.Alias));
        Add(_start, await subject.StateAsync("one", "start"));
        Add(_exec, await subject.TimeCliAsync("exec", "one", "--", "true"));
        Add(_list, await subject.TimeCliAsync("list"));
        Add(_stop, await subject.StateAsync("one", "stop", force: true));
        Add(_delete, await subject.DeleteAsync("one"));
        Add(_launch, await subject.TimeCliAsync("launch", BusyboxImage.Alias, "two"));
        await subject.TimeApiAsync(HttpMethod.Put, "/1.0/instances/two/state", new JsonObject { ["action"] = "stop", ["force"] = true });
        await subject.DeleteAsync("two");
    }

    private async Task IdleAsync(Subject subject)
    {
        await Task.Delay(_settle);
        var before = ProcessFacts.CpuTime(subject.DaemonPid);
        await Task.Delay(_idle);
        _cpu.Add(subject, (ProcessFacts.CpuTime(subject.DaemonPid) - before) / _idle * 100);
        _memory.Add(subject, ProcessFacts.ResidentMegabytes(subject.DaemonPid));
        foreach (var pid in ProcessFacts.Monitors(subject.Place, subject.DaemonPid))
        {
            _monitor.Add(subject, ProcessFacts.ProportionalMegabytes(pid));
        }
    }
}
