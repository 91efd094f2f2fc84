using Berth.Cli.Terminal;

namespace Berth.Cli.Output;

/// <summary>One line on standard error that tells what is going on; nothing where standard error is no terminal, or with <c>--quiet</c>.</summary>
internal sealed class ProgressLine(TextWriter output, bool enabled)
{
    private readonly Lock _lock = new();
    private readonly long _started = Environment.TickCount64;
    private bool _dirty;

    public bool IsVisible => enabled;

    public void Show(string title, string text)
    {
        if (!enabled)
        {
            return;
        }

        var seconds = (Environment.TickCount64 - _started) / 1000;
        var line = text.Length > 0 ? $"{title}: {text} ({seconds}s)" : $"{title} ({seconds}s)";
        var width = Math.Max(20, TerminalSize.Of(2).Columns) - 1;
        lock (_lock)
        {
            output.Write("\r\x1b[K" + (line.Length > width ? line[..width] : line));
            _dirty = true;
        }
    }

    /// <summary>A line that stays, printed whatever <c>--quiet</c> says.</summary>
    public void Note(string text)
    {
        Clear();
        output.WriteLine(text);
    }

    public void Clear()
    {
        lock (_lock)
        {
            if (_dirty)
            {
                output.Write("\r\x1b[K");
                _dirty = false;
            }
        }
    }
}
