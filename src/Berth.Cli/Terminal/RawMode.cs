using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Berth.Cli.Terminal;

/// <summary>Every key goes to the instance as it is, until disposed.</summary>
internal sealed class RawMode : IDisposable
{
    private readonly SafeFileHandle _terminal = new(0, ownsHandle: false);
    private readonly Native.Termios _before;
    private bool _active;

    private RawMode()
    {
        if (Native.GetAttributes(_terminal, out _before) != 0)
        {
            throw new CliException($"cannot read the terminal's mode (errno {Marshal.GetLastPInvokeError()})");
        }

        var raw = _before;
        Native.MakeRaw(ref raw);
        if (Native.SetAttributes(_terminal, Native.TcsaNow, raw) != 0)
        {
            throw new CliException($"cannot set the terminal to raw mode (errno {Marshal.GetLastPInvokeError()})");
        }

        _active = true;
    }

    /// <summary>Raw mode on standard input; null where that is no terminal.</summary>
    public static RawMode? Enter() => TerminalSize.IsTerminal(0) ? new RawMode() : null;

    public void Dispose()
    {
        if (_active)
        {
            _active = false;
            _ = Native.SetAttributes(_terminal, Native.TcsaNow, _before);
        }

        _terminal.Dispose();
    }
}
