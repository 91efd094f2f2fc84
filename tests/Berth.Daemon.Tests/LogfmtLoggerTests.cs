using Berth.Core.Events;
using Berth.Daemon.Logging;
using Microsoft.Extensions.Logging;

namespace Berth.Daemon.Tests;

public sealed class LogfmtLoggerTests
{
    [Fact]
    public void Listeners_get_the_message_with_its_values()
    {
        var events = new EventHub(TimeProvider.System);
        using var subscription = events.Subscribe();
        using var provider = new LogfmtLoggerProvider(LogLevel.Information, events, TimeProvider.System);
        var logger = provider.CreateLogger("Berth.Something");
        logger.Log(LogLevel.Debug, default, new[] { new KeyValuePair<string, object?>("Name", "x") }, null, (_, _) => "unseen");
        logger.Log(LogLevel.Warning, default, new[] { new KeyValuePair<string, object?>("Name", "web1") }, null, (_, _) => "seen");
        Assert.True(subscription.Reader.TryRead(out var happened));
        var logged = Assert.IsType<LoggingEvent>(happened);
        Assert.Equal(("warning", "seen", "web1", "Something"), (logged.Level, logged.Message, logged.Context["name"], logged.Context["source"]));
        Assert.False(subscription.Reader.TryRead(out _));
    }
}
