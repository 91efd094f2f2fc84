using Berth.Core.Images;
using Berth.Core.Images.Archives;
using Berth.Linux.Processes;
using System.IO.Pipelines;

namespace Berth.Core.Backups;

/// <summary>Carries a backup from who writes it through a compressor to where it goes, without a file in between.</summary>
internal static class BackupPacker
{
    public static async Task PackAsync(Func<BackupWriter, CancellationToken, Task> write, Compressor compression, Stream output, CancellationToken cancel)
    {
        if (compression.IsNone)
        {
            await WriteAsync(write, output, cancel);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var pipe = new Pipe();
        await using var plain = pipe.Reader.AsStream();
        var writing = FillAsync(pipe.Writer, write, stop);
        try
        {
            await Tool.RunAsync(compression.Argv, new CommandOptions { Stdin = plain, StdoutTo = output, Timeout = BackupWriter.Timeout }, stop.Token);
        }
        catch (Exception) when (writing.IsFaulted)
        {
            // What the writer failed on is the reason; the compressor was ended by it.
        }
        catch
        {
            await stop.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await writing;
    }

    private static async Task FillAsync(PipeWriter pipe, Func<BackupWriter, CancellationToken, Task> write, CancellationTokenSource stop)
    {
        try
        {
            await WriteAsync(write, pipe.AsStream(leaveOpen: true), stop.Token);
            await pipe.CompleteAsync();
        }
        catch (Exception e)
        {
            await pipe.CompleteAsync(e);
            await stop.CancelAsync();
            throw;
        }
    }

    private static async Task WriteAsync(Func<BackupWriter, CancellationToken, Task> write, Stream output, CancellationToken cancel)
    {
        var writer = new BackupWriter(output);
        await write(writer, cancel);
        await writer.EndAsync(cancel);
    }
}
