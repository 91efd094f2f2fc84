using System.Globalization;
using System.Net;
using Berth.Cli.Output;

namespace Berth.Cli.Client;

/// <summary>A file as a request's body, telling how much of it has gone.</summary>
internal sealed class ProgressContent(FileStream file, string title, ProgressLine progress) : HttpContent
{
    private const int BufferSize = 256 * 1024;
    private const int ReportMilliseconds = 200;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        long sent = 0;
        var reported = Environment.TickCount64;
        int count;
        while ((count = await file.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            sent += count;
            if (Environment.TickCount64 - reported >= ReportMilliseconds)
            {
                reported = Environment.TickCount64;
                progress.Show(title, string.Create(CultureInfo.InvariantCulture, $"{100 * sent / Math.Max(1, file.Length)}% of {Sizes.Bytes(file.Length)}"));
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = file.Length;
        return true;
    }
}
