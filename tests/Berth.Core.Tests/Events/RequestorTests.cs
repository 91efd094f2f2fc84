using Berth.Core.Events;
using Berth.Core.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Core.Tests.Events;

public sealed class RequestorTests
{
    private readonly EventHub _events = new(TimeProvider.System);

    [Fact]
    public async Task Who_asks_goes_along_into_the_operation_and_no_further()
    {
        using var listener = _events.Subscribe();
        var operations = new OperationRegistry(_events, TimeProvider.System, NullLogger<OperationRegistry>.Instance);
        await AskAsync(operations);
        _events.Lifecycle("by-itself", "default", "/1.0/x", "x");
        var seen = new List<LifecycleEvent>();
        while (listener.Reader.TryRead(out var happened))
        {
            seen.AddRange(new[] { happened }.OfType<LifecycleEvent>());
        }

        Assert.Equal([new("alice", "tls", "10.0.0.1"), null], seen.Select(e => e.Requestor));
    }

    private async Task AskAsync(OperationRegistry operations)
    {
        await Task.Yield();
        Requestor.Current = new("alice", "tls", "10.0.0.1");
        await operations.Start(new("default", "Asking"), async (_, _) =>
        {
            await Task.Yield();
            _events.Lifecycle("asked-for", "default", "/1.0/x", "x");
        }).Completion;
    }
}
