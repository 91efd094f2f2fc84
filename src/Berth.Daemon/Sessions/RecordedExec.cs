using System.Collections.Immutable;
using Berth.Core.Instances;
using Berth.Core.Operations;

namespace Berth.Daemon.Sessions;

/// <summary>A command without a client on its streams: its output goes to files of the instance's log, or nowhere.</summary>
internal sealed class RecordedExec(IRunningInstance running, ExecSpec spec, string? directory, string urlBase)
{
    /// <summary>Longest output that is kept of each stream, in bytes; the rest is read and dropped.</summary>
    private const long MaxOutput = 64 << 20;

    /// <summary>Told when the command runs.</summary>
    public Action? Started { get; init; }

    public async Task RunAsync(Operation operation, CancellationToken cancel)
    {
        await using var process = await running.ExecAsync(spec, cancel);
        Started?.Invoke();
        using var kill = cancel.Register(() => _ = process.SignalAsync(ControlChannel.SigKill, CancellationToken.None));
        await process.Input.DisposeAsync();
        await Task.WhenAll(KeepAsync(process.Output, operation, "stdout"), KeepAsync(process.Error, operation, "stderr"));
        if (directory is not null)
        {
            operation.Report("output", ImmutableSortedDictionary<string, string>.Empty
                .Add("1", $"{urlBase}/{FileName(operation, "stdout")}")
                .Add("2", $"{urlBase}/{FileName(operation, "stderr")}"));
        }

        operation.Report("return", await process.ExitCode);
    }

    private static string FileName(Operation operation, string stream) => $"exec_{operation.Id}.{stream}";

    private async Task KeepAsync(Stream? stream, Operation operation, string name)
    {
        if (stream is null)
        {
            return;
        }

        await using var file = directory is null
            ? Stream.Null
            : File.Create(Path.Combine(Directory.CreateDirectory(directory).FullName, FileName(operation, name)));
        var buffer = new byte[64 << 10];
        long kept = 0;
        while (await stream.ReadAsync(buffer) is > 0 and var read)
        {
            var keep = (int)Math.Min(read, MaxOutput - kept);
            await file.WriteAsync(buffer.AsMemory(0, keep));
            kept += keep;
        }
    }
}
