namespace Berth.Cli.Terminal;

/// <summary>Watches the keys for ctrl-a q. A second ctrl-a is sent on as one.</summary>
internal sealed class DetachKeys
{
    private const byte CtrlA = 1;
    private bool _escaped;

    /// <summary>The keys to send on; <paramref name="detached"/> says that the user leaves.</summary>
    public byte[] Filter(ReadOnlySpan<byte> keys, out bool detached)
    {
        detached = false;
        var typed = new List<byte>(keys.Length + 1);
        foreach (var key in keys)
        {
            if (_escaped)
            {
                _escaped = false;
                if (key == (byte)'q')
                {
                    detached = true;
                    break;
                }

                typed.Add(CtrlA);
                if (key != CtrlA)
                {
                    typed.Add(key);
                }
            }
            else if (key == CtrlA)
            {
                _escaped = true;
            }
            else
            {
                typed.Add(key);
            }
        }

        return [.. typed];
    }
}
