using Berth.Core.Images.Archives;
using Berth.Core.Images.Import;
using Berth.Linux.Processes;
using System.IO.Pipelines;

namespace Berth.Core.Images.Publishing;

/// <summary>Carries an archive from who writes it through a compressor into an import, without a file in between.</summary>
internal static class TarStream
{
    /// <summary>Longest time that packing one image may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromHours(4);

    /// <param name="write">Writes the archive.</param>
    public static async Task ImportAsync(
        Func<Stream, CancellationToken, Task> write, Compressor compression, ImageImport import, string filename, Action<long> progress, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var plain = new Pipe();
        var packed = compression.IsNone ? plain : new Pipe();
        List<Task> tasks = [FillAsync(plain.Writer, write, stop)];
        if (!compression.IsNone)
        {
            await using var input = plain.Reader.AsStream();
            tasks.Add(FillAsync(packed.Writer, (output, stopped) => CompressAsync(compression, input, output, stopped), stop));
            await DrainAsync(tasks, packed.Reader, import, filename, progress, stop);
            return;
        }

        await DrainAsync(tasks, packed.Reader, import, filename, progress, stop);
    }

    private static async Task DrainAsync(
        List<Task> tasks, PipeReader reader, ImageImport import, string filename, Action<long> progress, CancellationTokenSource stop)
    {
        await using var result = reader.AsStream();
        tasks.Add(StopOnFailureAsync(() => import.AddFileAsync(result, filename, progress, stop.Token), stop));
        try
        {
            await Task.WhenAll(tasks);
        }
        catch
        {
            // Of what failed the first link of the chain tells the reason; the others were ended by it.
            var cause = tasks.FirstOrDefault(task => task.IsFaulted) ?? tasks.First(task => task.IsCanceled);
            await cause;
            throw;
        }
    }

    private static async Task FillAsync(PipeWriter writer, Func<Stream, CancellationToken, Task> write, CancellationTokenSource stop)
    {
        try
        {
            await StopOnFailureAsync(() => write(writer.AsStream(leaveOpen: true), stop.Token), stop);
            await writer.CompleteAsync();
        }
        catch (Exception e)
        {
            await writer.CompleteAsync(e);
            throw;
        }
    }

    private static async Task StopOnFailureAsync(Func<Task> work, CancellationTokenSource stop)
    {
        try
        {
            await work();
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private static async Task CompressAsync(Compressor compression, Stream input, Stream output, CancellationToken cancel) =>
        await Tool.RunAsync(compression.Argv, new CommandOptions { Stdin = input, StdoutTo = output, Timeout = Timeout }, cancel);
}
