using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Berth.Core.Events;

namespace Berth.Daemon.Logging;

/// <summary>Structured logs on stderr, one line each in logfmt; listeners of <c>/1.0/events</c> get them too.</summary>
internal sealed class LogfmtLoggerProvider(LogLevel minimum, EventHub events, TimeProvider time) : ILoggerProvider
{
    private readonly Stream _stderr = Console.OpenStandardError();

    public ILogger CreateLogger(string categoryName) => new LogfmtLogger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose() => _stderr.Dispose();

    private sealed class LogfmtLogger(LogfmtLoggerProvider provider, string source) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => level >= provider.Minimum && level != LogLevel.None;

        public void Log<TState>(LogLevel level, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(level))
            {
                provider.Write(level, source, formatter(state, exception), state as IReadOnlyList<KeyValuePair<string, object?>>, exception);
            }
        }
    }

    private LogLevel Minimum { get; } = minimum;

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };

    private static string Quote(string text) =>
        text.Any(c => c is ' ' or '"' or '=' || char.IsControl(c))
            ? $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n")}\""
            : text;

    private void Write(LogLevel level, string source, string message, IReadOnlyList<KeyValuePair<string, object?>>? values, Exception? exception)
    {
        var now = time.GetUtcNow();
        var context = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        context["source"] = source;
        foreach (var (key, value) in values ?? [])
        {
            if (key != "{OriginalFormat}" && key.Length > 0)
            {
                context[char.ToLowerInvariant(key[0]) + key[1..]] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            }
        }

        if (exception is not null)
        {
            context["error"] = level >= LogLevel.Error ? exception.ToString() : exception.Message;
        }

        var line = new StringBuilder(256);
        line.Append(CultureInfo.InvariantCulture, $"time={now:yyyy-MM-ddTHH:mm:ss.fffZ} level={Name(level)} msg={Quote(message)}");
        foreach (var (key, value) in context)
        {
            line.Append(' ').Append(key).Append('=').Append(Quote(value));
        }

        var bytes = Encoding.UTF8.GetBytes(line.Append('\n').ToString());
        lock (_stderr)
        {
            _stderr.Write(bytes);
        }

        if (!events.IsIdle)
        {
            events.Send(new LoggingEvent(now, Name(level), message, context.ToImmutable()));
        }
    }
}
