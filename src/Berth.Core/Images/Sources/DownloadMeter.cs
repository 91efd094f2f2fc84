using System.Globalization;

namespace Berth.Core.Images.Sources;

/// <summary>Says how far a download is and how fast, a few times a second at most.</summary>
/// <param name="say">Given for example <c>45% (12.34MB/s)</c>, as the Incus client shows it.</param>
internal sealed class DownloadMeter(TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly long _started = time.GetTimestamp();
    private long _said;

    public void Update(long received, long total)
    {
        var now = time.GetTimestamp();
        if (_said != 0 && received != total && time.GetElapsedTime(_said, now) < Pause)
        {
            return;
        }

        _said = now;
        var seconds = Math.Max(time.GetElapsedTime(_started, now).TotalSeconds, 0.001);
        var speed = Show((long)(received / seconds));
        say(total > 0 ? $"{Math.Min(100, received * 100.0 / total):0}% ({speed}/s)" : $"{Show(received)} ({speed}/s)");
    }

    private static string Show(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1000 && unit < units.Length - 1)
        {
            (value, unit) = (value / 1000, unit + 1);
        }

        return value.ToString(unit == 0 ? "0" : "0.00", CultureInfo.InvariantCulture) + units[unit];
    }
}
