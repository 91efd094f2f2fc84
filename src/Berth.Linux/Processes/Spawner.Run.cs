using System.Runtime.InteropServices;
using Berth.Linux.Events;

namespace Berth.Linux.Processes;

public static partial class Spawner
{
    /// <summary>Runs a command to its end and collects its output.</summary>
    /// <param name="argv">Command and arguments.</param>
    /// <param name="options">Input, environment, deadline; null: defaults.</param>
    /// <param name="cancellationToken">Kills the command's process group.</param>
    /// <returns>Exit status and output, whatever the exit code is.</returns>
    /// <exception cref="CommandException">The deadline passed, or too much output; the process group is killed.</exception>
    /// <exception cref="LinuxException">The command could not be started.</exception>
    public static async Task<CommandResult> RunAsync(
        IReadOnlyList<string> argv, CommandOptions? options, CancellationToken cancellationToken)
    {
        options ??= new CommandOptions();
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Timeout);
        var (child, stdin, stdout, stderr) = StartPiped(argv, options);
        await using var ownedStdin = stdin;
        await using var ownedStdout = stdout;
        await using var ownedStderr = stderr;
        try
        {
            return await TalkAsync(child, stdin, stdout, stderr, options, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(argv, $"did not end within {options.Timeout.TotalSeconds:0.#} s", null);
        }
        catch (InvalidDataException e)
        {
            throw new CommandException(argv, e.Message, null);
        }
        finally
        {
            await EndAsync(child);
        }
    }

    /// <summary>As <see cref="RunAsync"/>, and an exit code other than 0 is an exception.</summary>
    /// <exception cref="CommandException">With the command, how it ended and the tail of its stderr.</exception>
    public static async Task<CommandResult> RunCheckedAsync(
        IReadOnlyList<string> argv, CommandOptions? options, CancellationToken cancellationToken)
    {
        var result = await RunAsync(argv, options, cancellationToken);
        return result.Status.Success ? result : throw new CommandException(argv, result.Status.ToString(), result);
    }

    private static (ChildProcess Child, ReactorStream? Stdin, ReactorStream Stdout, ReactorStream Stderr) StartPiped(
        IReadOnlyList<string> argv, CommandOptions options)
    {
        var hasInput = options.Stdin is not null || options.StdinBytes is not null;
        var (inRead, inWrite) = hasInput ? Fd.Pipe() : (null, null);
        var (outRead, outWrite) = Fd.Pipe();
        var (errRead, errWrite) = Fd.Pipe();
        using var ownedIn = inRead;
        using var ownedOut = outWrite;
        using var ownedErr = errWrite;
        try
        {
            var fds = new Dictionary<int, SafeHandle> { [1] = outWrite, [2] = errWrite };
            if (inRead is not null)
            {
                fds[0] = inRead;
            }

            var environment = options.Environment ?? new Dictionary<string, string>(Environment(new SpawnOptions { Argv = argv })) { ["LC_ALL"] = "C" };
            var child = Start(new SpawnOptions { Argv = argv, Environment = environment, WorkingDirectory = options.WorkingDirectory, Fds = fds });
            return (child, inWrite is null ? null : new ReactorStream(inWrite, FileAccess.Write),
                new ReactorStream(outRead, FileAccess.Read), new ReactorStream(errRead, FileAccess.Read));
        }
        catch
        {
            inWrite?.Dispose();
            outRead.Dispose();
            errRead.Dispose();
            throw;
        }
    }

    private static async Task<CommandResult> TalkAsync(
        ChildProcess child, ReactorStream? stdin, ReactorStream stdout, ReactorStream stderr, CommandOptions options, CancellationToken cancellationToken)
    {
        var output = new MemoryStream();
        var messages = new MemoryStream();
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(failed.Token);
        var limit = options.StdoutTo is null ? options.MaxOutput : long.MaxValue;
        await Task.WhenAll(
            Guard(CommandOutput.CollectAsync(stdout, options.StdoutTo ?? output, limit, true, child.Exited, failed.Token), failed),
            Guard(CommandOutput.CollectAsync(stderr, messages, options.MaxOutput, false, child.Exited, failed.Token), failed),
            Guard(FeedAsync(stdin, options, ended.Token), failed),
            EndedAsync(child, ended, failed.Token));
        return new CommandResult(await child.Exited, Content(output), Content(messages));
    }

    /// <summary>What fails ends the other parts too: WhenAll then throws the failure, not the cancellations it caused.</summary>
    private static async Task Guard(Task part, CancellationTokenSource failed)
    {
        try
        {
            await part;
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
    }

    private static async Task EndedAsync(ChildProcess child, CancellationTokenSource ended, CancellationToken failed)
    {
        await child.Exited.WaitAsync(failed);

        // A command may end without reading all of its input.
        await ended.CancelAsync();
    }

    private static async Task EndAsync(ChildProcess child)
    {
        child.KillGroup();
        try
        {
            await child.Exited.WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (TimeoutException)
        {
            // Stuck in the kernel (dead disk or NFS server): it is reaped when it comes back.
        }
    }

    private static ReadOnlyMemory<byte> Content(MemoryStream stream) => stream.GetBuffer().AsMemory(0, (int)stream.Length);

    private static async Task FeedAsync(ReactorStream? stdin, CommandOptions options, CancellationToken exited)
    {
        if (stdin is null)
        {
            return;
        }

        try
        {
            await (options.Stdin?.CopyToAsync(stdin, exited) ?? stdin.WriteAsync(options.StdinBytes ?? default, exited).AsTask());
        }
        catch (LinuxException e) when (e.Errno == Errno.EPIPE)
        {
            // It does not want the rest; its exit code says whether that is an error.
        }
        catch (OperationCanceledException)
        {
            // It ended; whoever cancelled knows why.
        }
        finally
        {
            await stdin.DisposeAsync();
        }
    }
}
