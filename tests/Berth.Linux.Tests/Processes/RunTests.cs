using System.Text;
using Berth.Linux.Processes;

namespace Berth.Linux.Tests.Processes;

public sealed class RunTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Input_output_and_messages_are_passed()
    {
        var options = new CommandOptions { StdinBytes = "hello"u8.ToArray(), WorkingDirectory = "/usr", Environment = new Dictionary<string, string> { ["A"] = "b=c" } };
        var result = await Spawner.RunAsync(["/bin/sh", "-c", "cat; pwd; echo $A >&2; exit 3"], options, Cancel);
        Assert.Equal((3, "hello/usr\n", "b=c\n"), (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Fact]
    public async Task Large_input_and_output_do_not_deadlock()
    {
        var data = new byte[5 << 20];
        Random.Shared.NextBytes(data);
        var sink = new MemoryStream();
        await Spawner.RunCheckedAsync(["cat"], new CommandOptions { Stdin = new MemoryStream(data), StdoutTo = sink }, Cancel);
        Assert.Equal(data, sink.ToArray());
    }

    [Fact]
    public async Task Command_that_ignores_its_input_is_no_error()
    {
        var result = await Spawner.RunAsync(["true"], new CommandOptions { StdinBytes = new byte[1 << 20] }, Cancel);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Failing_command_is_reported_with_its_messages()
    {
        var e = await Assert.ThrowsAsync<CommandException>(() => Spawner.RunCheckedAsync(["sh", "-c", "echo oops >&2; exit 4"], null, Cancel));
        Assert.EndsWith("exit code 4: oops", e.Message, StringComparison.Ordinal);
        Assert.Equal(4, e.Result!.ExitCode);
    }

    [Fact]
    public async Task Deadline_kills_the_whole_group()
    {
        var e = await Assert.ThrowsAsync<CommandException>(() => Spawner.RunAsync(
            ["sh", "-c", "sleep 1000 | sleep 1000"], new CommandOptions { Timeout = TimeSpan.FromMilliseconds(200) }, Cancel));
        Assert.Contains("did not end within 0.2 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_kills_and_throws()
    {
        using var cancel = new CancellationTokenSource();
        var run = Spawner.RunAsync(["sleep", "1000"], null, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Daemon_left_behind_does_not_hold_the_caller()
    {
        var result = await Spawner.RunCheckedAsync(["sh", "-c", "sleep 1000 & echo $!"], null, Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        using var left = PidFd.Open(int.Parse(result.Stdout.Trim()));
        left.Send(Signal.SIGKILL);
    }

    [Fact]
    public async Task Too_much_output_is_an_error()
    {
        var e = await Assert.ThrowsAsync<CommandException>(() => Spawner.RunAsync(["yes"], new CommandOptions { MaxOutput = 1 << 20 }, Cancel));
        Assert.Contains("more than 1048576 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broken_input_stream_fails_the_command()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Spawner.RunAsync(["cat"], new CommandOptions { Stdin = new BrokenStream() }, Cancel));
    }

    [Fact]
    public async Task Many_at_once_are_all_reaped()
    {
        await Parallel.ForAsync(0, 200, Cancel, async (i, cancel) =>
        {
            var result = await Spawner.RunAsync(["sh", "-c", $"echo {i}; exit {i % 10}"], null, cancel);
            Assert.Equal((i % 10, $"{i}\n"), (result.ExitCode, result.Stdout));
        });
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
            throw new InvalidOperationException(Encoding.ASCII.GetString("broken"u8));
    }
}
