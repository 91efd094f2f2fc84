using Berth.Core.Snapshots;
using Berth.Core.Tests.Images;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Core.Tests.Snapshots;

public sealed class SchedulerTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 28, 12, 0, 30, TimeSpan.Zero);

    private readonly MemoryStateStore _store = new();
    private readonly Source _source = new();

    [Fact]
    public async Task What_was_missed_while_no_daemon_ran_is_made_up_for_once()
    {
        _store.Put(SnapshotDocuments.Schedule, "", "host", new(s_now.AddHours(-5)));
        var taken = _source.Add("a", "0 * * * *");
        _ = _source.Add("b", "0 13 * * *");
        await RunAsync(taken);
        Assert.Equal(["a"], _source.Done);
        Assert.Equal(s_now, _store.Find(SnapshotDocuments.Schedule, "", "host")!.Value.HandledUntil);
    }

    [Fact]
    public async Task Nothing_is_due_from_before_there_was_something()
    {
        _store.Put(SnapshotDocuments.Schedule, "", "host", new(s_now.AddHours(-5)));
        var taken = _source.Add("old", "0 * * * *");
        _ = _source.Add("new", "0 * * * *", since: s_now.AddSeconds(-10));
        _ = _source.Add("unwanted", "0 * * * *", wanted: false);
        await RunAsync(taken);
        Assert.Equal(["old"], _source.Done);
    }

    [Fact]
    public async Task One_that_hangs_or_fails_keeps_nobody_waiting()
    {
        _store.Put(SnapshotDocuments.Schedule, "", "host", new(s_now.AddHours(-1)));
        _ = _source.Add("hangs", "0 * * * *", work: () => Task.Delay(Timeout.Infinite));
        _ = _source.Add("fails", "0 * * * *", work: () => throw BerthException.Conflict("busy"));
        var gone = _source.Expire("gone", s_now.AddMinutes(-1));
        _ = _source.Expire("later", s_now.AddMinutes(1));
        await RunAsync(_source.Add("taken", "0 * * * *"), gone);
        Assert.Equal(["gone", "taken"], _source.Done.Order());
    }

    private async Task RunAsync(params Task[] expected)
    {
        using var stop = new CancellationTokenSource();
        var scheduler = new SnapshotScheduler([_source], _store, new Clock(), NullLogger<SnapshotScheduler>.Instance);
        scheduler.Attach();
        var running = scheduler.RunAsync(stop.Token);
        await Task.WhenAll(expected).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed class Clock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => s_now;
    }

    private sealed class Source : ISnapshotSource
    {
        private readonly List<ScheduledSubject> _subjects = [];
        private readonly List<ExpiringSnapshot> _expiring = [];
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _done = new();

        public Action? Changed { private get; set; }

        public IEnumerable<string> Done => _done;

        public IEnumerable<ScheduledSubject> Scheduled() => _subjects;

        public IEnumerable<ExpiringSnapshot> Expiring() => _expiring;

        public Task Add(string key, string schedule, DateTimeOffset since = default, bool wanted = true, Func<Task>? work = null)
        {
            var done = new TaskCompletionSource();
            _subjects.Add(new(key, SnapshotSchedule.Parse(schedule, key)!, since, wanted, work ?? (() => Finish(key, done))));
            return done.Task;
        }

        public Task Expire(string key, DateTimeOffset at)
        {
            var done = new TaskCompletionSource();
            _expiring.Add(new(key, at, () => Finish(key, done)));
            return done.Task;
        }

        private Task Finish(string key, TaskCompletionSource done)
        {
            _done.Enqueue(key);
            done.SetResult();
            return Task.CompletedTask;
        }
    }
}
