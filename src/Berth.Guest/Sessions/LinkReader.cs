using Berth.Guest.Framing;

namespace Berth.Guest.Sessions;

/// <summary>Reads frames until the connection ends.</summary>
internal static class LinkReader
{
    /// <summary>Returns at end of file; a broken connection is an end of file too.</summary>
    public static async Task ReadAsync(Stream stream, FrameDecoder decoder, Action<Frame> receive, CancellationToken cancel)
    {
        while (true)
        {
            int count;
            try
            {
                count = await stream.ReadAsync(decoder.WriteBuffer(), cancel);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                return;
            }
            if (count == 0)
            {
                return;
            }
            decoder.Advance(count);
            while (decoder.TryRead(out var frame))
            {
                receive(frame);
            }
        }
    }
}
