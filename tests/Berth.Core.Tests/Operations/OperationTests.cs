using Berth.Core.Events;
using Berth.Core.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Core.Tests.Operations;

public sealed class OperationTests
{
    private readonly EventHub _events = new(TimeProvider.System);
    private readonly OperationRegistry _registry;

    public OperationTests() => _registry = new(_events, TimeProvider.System, NullLogger<OperationRegistry>.Instance);

    [Fact]
    public async Task Success_failure_and_cancellation_are_told_apart()
    {
        var good = _registry.Start(new("default", "good"), (_, _) => Task.CompletedTask);
        var bad = _registry.Start(new("default", "bad"), (_, _) => throw BerthException.NotFound("there is no such thing"));
        var endless = _registry.Start(new("default", "endless") { MayCancel = true }, (_, cancel) => Task.Delay(Timeout.Infinite, cancel));
        await good.Completion;
        await bad.Completion;
        endless.Cancel();
        await endless.Completion;
        Assert.Equal(OperationStatus.Success, good.View.Status);
        Assert.Equal((OperationStatus.Failure, "there is no such thing"), (bad.View.Status, bad.View.Error));
        Assert.Equal(OperationStatus.Cancelled, endless.View.Status);
    }

    [Fact]
    public async Task What_cannot_be_cancelled_goes_on()
    {
        var gate = new TaskCompletionSource();
        var operation = _registry.Start(new("default", "firm"), (_, _) => gate.Task);
        Assert.Throws<BerthException>(operation.Cancel);
        gate.SetResult();
        await operation.Completion;
        Assert.Equal(OperationStatus.Success, operation.View.Status);
    }

    [Fact]
    public async Task Listeners_see_progress_and_the_end_in_order()
    {
        using var subscription = _events.Subscribe();
        var operation = _registry.Start(new("default", "work"), (o, _) =>
        {
            o.Progress("unpack", "50%");
            return Task.CompletedTask;
        });
        await operation.Completion;
        var seen = new List<OperationView>();
        while (subscription.Reader.TryRead(out var happened))
        {
            seen.Add(((OperationEvent)happened).Operation);
        }

        Assert.Contains(seen, v => "50%".Equals(v.Metadata.GetValueOrDefault("unpack_progress")));
        Assert.Equal(OperationStatus.Success, seen[^1].Status);
    }

    [Fact]
    public void A_listener_that_does_not_read_holds_nobody_up()
    {
        using var subscription = _events.Subscribe();
        for (var i = 0; i < 10_000; i++)
        {
            _events.Lifecycle("instance-created", "default", "/1.0/instances/x", "x");
        }

        Assert.True(subscription.Reader.Count <= 1024);
    }

    [Fact]
    public void An_unknown_id_is_not_found() =>
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<BerthException>(() => _registry.Get("nonsense")).Kind);
}
