using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Berth.Bench;

/// <summary>Machines of Berth alone: an image that both daemons boot and answer in would be another product's image.</summary>
internal sealed class MachineBench : IAsyncDisposable
{
    private static readonly TimeSpan _agentDeadline = TimeSpan.FromMinutes(3);

    private readonly BerthSubject _subject;
    private readonly int _rounds;

    private readonly Figure _create = new("create from image", "ms", 40);
    private readonly Figure _up = new("QEMU up and CPU running", "ms", 250);
    private readonly Figure _agent = new("agent answering", "s", 20);
    private readonly Figure _exec = new("exec vm -- true", "ms", null);
    private readonly Figure _stop = new("force stop", "ms", null);
    private readonly Figure _delete = new("delete", "ms", null);

    private MachineBench(BerthSubject subject, int rounds)
    {
        _subject = subject;
        _rounds = rounds;
    }

    public static async Task<MachineBench> StartAsync(BenchOptions options)
    {
        var subject = await BerthSubject.StartAsync(Place.OnHost(), "dir");
        try
        {
            await DebianImage.Plain.ProvideAsync(subject.Server);
            return new MachineBench(subject, options.MachineRounds);
        }
        catch
        {
            await subject.DisposeAsync();
            throw;
        }
    }

    public async Task<IReadOnlyList<Figure>> RunAsync()
    {
        // The first use of an image makes its disk: that is the image's cost, not the machine's.
        await _subject.CreateAsync("first", DebianImage.Alias, "virtual-machine");
        await _subject.DeleteAsync("first");
        for (var round = 0; round < _rounds; round++)
        {
            Console.Error.WriteLine($"machine {round + 1} of {_rounds}");
            await RoundAsync();
        }

        return [_create, _up, _agent, _exec, _stop, _delete];
    }

    public ValueTask DisposeAsync() => _subject.DisposeAsync();

    private async Task RoundAsync()
    {
        var config = new JsonObject { ["limits.memory"] = "1GiB" };
        _create.Add(_subject, (await _subject.CreateAsync("vm", DebianImage.Alias, "virtual-machine", config)).TotalMilliseconds);
        var watch = Stopwatch.StartNew();
        _up.Add(_subject, (await _subject.StateAsync("vm", "start")).TotalMilliseconds);
        await UntilAgentAsync(watch);
        _agent.Add(_subject, watch.Elapsed.TotalSeconds);
        _exec.Add(_subject, (await _subject.TimeCliAsync("exec", "vm", "--", "true")).TotalMilliseconds);
        _stop.Add(_subject, (await _subject.StateAsync("vm", "stop", force: true)).TotalMilliseconds);
        _delete.Add(_subject, (await _subject.DeleteAsync("vm")).TotalMilliseconds);
    }

    /// <summary>Each attempt is a whole command; a pause between them leaves the emulated CPU to the guest.</summary>
    private async Task UntilAgentAsync(Stopwatch watch)
    {
        while ((await _subject.Cli("exec", "vm", "--", "true").RunAsync(CancellationToken.None)).ExitCode != 0)
        {
            if (watch.Elapsed > _agentDeadline)
            {
                throw new TimeoutException($"no agent after {_agentDeadline}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }
}
