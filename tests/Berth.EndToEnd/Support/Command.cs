using System.Diagnostics;

namespace Berth.EndToEnd.Support;

/// <summary>One command to run on the host, with a deadline; nothing goes through a shell.</summary>
internal sealed record Command(string Program, params string[] Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Fed to standard input, which is then closed.</summary>
    public Func<Stream, CancellationToken, Task>? Input { get; init; }

    /// <summary>Called once with the pid, after the first line of output (which may be empty).</summary>
    public Action<int>? OnFirstLine { get; init; }

    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(2);

    public async Task<CommandResult> RunAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Deadline);
        using var process = Process.Start(StartInfo()) ?? throw new InvalidOperationException($"{Program} did not start");
        try
        {
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            var output = ReadAsync(process, deadline.Token);
            await FeedAsync(process, deadline.Token);
            var bytes = await output;
            var text = await error;
            await process.WaitForExitAsync(deadline.Token);
            return new CommandResult(ToString(), process.ExitCode, bytes, text);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{this}: still running after {Deadline}");
        }
    }

    public override string ToString() => $"{Path.GetFileName(Program)} {string.Join(' ', Arguments)}";

    private ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private async Task<byte[]> ReadAsync(Process process, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        var buffer = new byte[1 << 16];
        var announced = OnFirstLine is null;
        int count;
        while ((count = await process.StandardOutput.BaseStream.ReadAsync(buffer, cancellation)) > 0)
        {
            all.Write(buffer, 0, count);
            if (!announced && buffer.AsSpan(0, count).Contains((byte)'\n'))
            {
                announced = true;
                OnFirstLine!(process.Id);
            }
        }

        return all.ToArray();
    }

    private async Task FeedAsync(Process process, CancellationToken cancellation)
    {
        try
        {
            await (Input?.Invoke(process.StandardInput.BaseStream, cancellation) ?? Task.CompletedTask);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended without reading all of its input: its exit code says what there is to say.
        }
    }
}
