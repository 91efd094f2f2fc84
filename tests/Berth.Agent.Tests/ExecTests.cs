using System.Security.Cryptography;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;

namespace Berth.Agent.Tests;

public sealed class ExecTests : IAsyncLifetime
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;
    private HostSide _side = null!;
    private GuestSession _session = null!;

    public async ValueTask InitializeAsync()
    {
        _side = await HostSide.StartAsync(_cancel);
        _session = await _side.SessionAsync(_cancel);
    }

    public ValueTask DisposeAsync() => _side.DisposeAsync();

    [Fact]
    public async Task Output_error_and_exit_code_arrive_apart_and_in_order()
    {
        await using var channel = await _session.OpenAsync(Request("sh", "-c", "echo a; echo b >&2; exit 42"), _cancel);
        Assert.IsType<StartedControl>(await channel.Controls.ReadAsync(_cancel));
        Assert.Equal("a\n", await TextAsync(channel, 1));
        Assert.Equal("b\n", await TextAsync(channel, 2));
        Assert.Equal(new ExitedControl(42), await channel.Controls.ReadAsync(_cancel));
        Assert.Null((await channel.Done.WaitAsync(_cancel)).Error);
    }

    [Fact]
    public async Task Stdin_passes_whole_and_its_end_is_seen()
    {
        await using var channel = await _session.OpenAsync(Request("sha256sum"), _cancel);
        var data = RandomNumberGenerator.GetBytes(20 << 20);
        await channel.Output(0).WriteAsync(data, _cancel);
        await channel.Output(0).DisposeAsync();
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(data)), await TextAsync(channel, 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_left_behind_keeps_the_output_open_but_not_the_exit_code()
    {
        await using var channel = await _session.OpenAsync(Request("sh", "-c", "sleep 100 & exit 5"), _cancel);
        await channel.Controls.ReadAsync(_cancel);
        Assert.Equal(new ExitedControl(5), await channel.Controls.ReadAsync(_cancel));
        Assert.False(channel.Done.IsCompleted);
    }

    [Fact]
    public async Task Giving_up_kills_the_whole_group()
    {
        var channel = await _session.OpenAsync(Request("sh", "-c", "sleep 1000 & echo $!; wait"), _cancel);
        using var reader = new StreamReader(channel.Input(1), leaveOpen: true);
        var child = int.Parse((await reader.ReadLineAsync(_cancel))!, System.Globalization.CultureInfo.InvariantCulture);
        using var pidFd = Linux.Processes.PidFd.Open(child);
        await channel.DisposeAsync();
        await pidFd.WaitAsync(_cancel).WaitAsync(TimeSpan.FromSeconds(10), _cancel);
    }

    [Fact]
    public async Task A_terminal_is_the_controlling_one_and_takes_sizes_and_end_of_file()
    {
        await using var channel = await _session.OpenAsync(
            Request("sh", "-c", "stty -echo; tty; stty size; echo $TERM; cat; echo end") with { Terminal = new TerminalSize(80, 25) }, _cancel);
        using var reader = new StreamReader(channel.Input(1), leaveOpen: true);
        Assert.StartsWith("/dev/pts/", await reader.ReadLineAsync(_cancel), StringComparison.Ordinal);
        Assert.Equal("25 80", await reader.ReadLineAsync(_cancel));
        Assert.Equal("xterm", await reader.ReadLineAsync(_cancel));
        await channel.Output(0).WriteAsync("typed\n"u8.ToArray(), _cancel);
        Assert.Equal("typed", await reader.ReadLineAsync(_cancel));
        await channel.Output(0).DisposeAsync();
        Assert.Contains("end", await reader.ReadToEndAsync(_cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_is_an_exit_code_as_a_shell_says_it()
    {
        await using var channel = await _session.OpenAsync(Request("sleep", "1000"), _cancel);
        await channel.Controls.ReadAsync(_cancel);
        await channel.SendControlAsync(new SignalControl(9), _cancel);
        Assert.Equal(new ExitedControl(137), await channel.Controls.ReadAsync(_cancel));
    }

    [Theory]
    [InlineData("no-such-command", GuestErrorKind.CommandNotFound)]
    [InlineData("/etc/passwd", GuestErrorKind.CommandNotExecutable)]
    [InlineData("", GuestErrorKind.BadRequest)]
    public async Task What_cannot_run_says_why(string command, GuestErrorKind kind)
    {
        await using var channel = await _session.OpenAsync(Request(command), _cancel);
        Assert.Equal(kind, (await channel.Done.WaitAsync(_cancel)).Error?.Kind);
    }

    [Fact]
    public async Task Hundreds_of_short_commands_leave_no_descriptor()
    {
        await RunManyAsync(50);
        var before = PipesAndProcesses();
        await RunManyAsync(300);

        // The last command's descriptors go a moment after the host hears of its end.
        for (var left = 50; left > 0 && PipesAndProcesses() > before; left--)
        {
            await Task.Delay(100, _cancel);
        }

        Assert.InRange(PipesAndProcesses(), 0, before);
    }

    private static int PipesAndProcesses() => Directory.GetFiles("/proc/self/fd")
        .Count(fd => new FileInfo(fd).LinkTarget is { } target && (target.StartsWith("pipe:") || target.Contains("pidfd")));

    private async Task RunManyAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await using var channel = await _session.OpenAsync(Request("true"), _cancel);
            await channel.Done.WaitAsync(_cancel);
        }
    }

    private static ExecRequest Request(params string[] command) => new() { Command = command };

    private async Task<string> TextAsync(GuestChannel channel, byte stream)
    {
        using var reader = new StreamReader(channel.Input(stream), leaveOpen: true);
        return await reader.ReadToEndAsync(_cancel);
    }
}
