using System.Collections.Concurrent;
using Berth.Core.Networks;
using Microsoft.Extensions.Logging;

namespace Berth.Core.Tests.Networks;

/// <summary>Keeps what is logged, and lets a test await a message.</summary>
public sealed class RecordingLog : ILogger<NetworkService>
{
    private readonly ConcurrentQueue<string> _messages = new();
    private readonly ConcurrentDictionary<TaskCompletionSource<string>, string> _awaited = new();

    public IReadOnlyCollection<string> Messages => _messages;

    /// <summary>The next message that contains a text.</summary>
    public async Task<string> NextAsync(string text)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[found] = text;
        return await found.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var message = formatter(state, exception) + (exception is null ? "" : $": {exception.Message}");
        _messages.Enqueue(message);
        foreach (var (found, text) in _awaited)
        {
            if (message.Contains(text, StringComparison.Ordinal) && _awaited.TryRemove(found, out _))
            {
                found.SetResult(message);
            }
        }
    }
}
