using System.Diagnostics;
using System.Security.Cryptography;
using Berth.Core;
using Berth.Core.Instances;

namespace Berth.Machines.Tests.Real;

/// <summary>One machine for all: what the agent does in a Debian guest.</summary>
public sealed class AgentTests(RunningGuest guest) : IClassFixture<RunningGuest>
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public void Starts_without_waiting_for_anything()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"CPU running after {guest.CpuRunning}, agent answering after {guest.AgentAnswering}");

        // Figures belong to bench/; this only catches a wait for something that never comes.
        Assert.True(guest.CpuRunning < TimeSpan.FromSeconds(5), $"{guest.CpuRunning}");
        Assert.True(guest.AgentAnswering < TimeSpan.FromMinutes(2), $"{guest.AgentAnswering}");
    }

    [Fact]
    public async Task Exec_keeps_streams_apart_and_the_exit_code()
    {
        var (code, output, error) = await guest.RunAsync(["sh", "-c", "echo out; echo err >&2; exit 7"]);
        Assert.Equal((7, "out\n", "err\n"), (code, output, error));
    }

    [Fact]
    public async Task Exec_gives_a_login_environment_and_runs_as_a_user()
    {
        var (_, output, _) = await guest.RunAsync(["sh", "-c", "id -u; id -g; pwd; echo $HOME $USER $X"], spec => spec with
        {
            Uid = 1000,
            Gid = 1000,
            Environment = spec.Environment.Add("X", "y"),
        });
        Assert.Equal("1000\n1000\n/home/bob\n/home/bob bob y\n", output);
    }

    [Fact]
    public async Task A_command_that_is_not_there_is_named()
    {
        var e = await Assert.ThrowsAsync<BerthException>(() => guest.Machine.ExecAsync(new ExecSpec { Command = ["no-such-thing"] }, _cancel));
        Assert.Equal(ErrorKind.NotFound, e.Kind);
        Assert.Contains("no-such-thing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_has_a_size_that_changes()
    {
        await using var process = await guest.Machine.ExecAsync(
            new ExecSpec { Command = ["sh", "-c", "stty size; trap 'stty size; exit 3' WINCH; echo ready; while :; do read x; done"], Terminal = (97, 31) }, _cancel);
        using var reader = new StreamReader(process.Output);
        Assert.Equal("31 97", await reader.ReadLineAsync(_cancel));
        Assert.Equal("ready", await reader.ReadLineAsync(_cancel));
        await process.ResizeAsync(120, 40, _cancel);
        Assert.Equal("40 120", await reader.ReadLineAsync(_cancel));
        Assert.Equal(3, await process.ExitCode.WaitAsync(_cancel));
        Assert.Null(process.Error);
    }

    [Fact]
    public async Task A_signal_ends_a_command()
    {
        await using var process = await guest.Machine.ExecAsync(new ExecSpec { Command = ["sleep", "1000"] }, _cancel);
        await process.SignalAsync(15, _cancel);
        Assert.Equal(143, await process.ExitCode.WaitAsync(_cancel));
    }

    [Fact]
    public async Task A_hundred_megabytes_pass_a_pipe_whole()
    {
        const int Length = 100 << 20;
        var data = RandomNumberGenerator.GetBytes(1 << 20);
        var clock = Stopwatch.StartNew();
        await using var process = await guest.Machine.ExecAsync(new ExecSpec { Command = ["cat"] }, _cancel);
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var feeding = Task.Run(async () =>
        {
            for (var left = Length; left > 0; left -= data.Length)
            {
                sent.AppendData(data);
                await process.Input.WriteAsync(data, _cancel);
            }
            await process.Input.DisposeAsync();
        }, _cancel);
        var received = await SHA256.HashDataAsync(process.Output, _cancel);
        await feeding;
        Assert.Equal(sent.GetHashAndReset(), received);
        Assert.Equal(0, await process.ExitCode.WaitAsync(_cancel));
        TestContext.Current.TestOutputHelper?.WriteLine($"100 MiB through cat in {clock.Elapsed.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task Files_are_written_listed_read_and_deleted()
    {
        var files = guest.Machine.Files;
        await files.CreateDirectoryAsync("/root/t", new FileOwnership(1000, 1000, Convert.ToUInt32("750", 8)), _cancel);
        await files.WriteAsync("/root/t/a", new MemoryStream("one"u8.ToArray()), new FileOwnership(1000, 1000, Convert.ToUInt32("640", 8)), false, _cancel);
        await files.WriteAsync("/root/t/a", new MemoryStream("two"u8.ToArray()), new FileOwnership(), true, _cancel);
        await files.CreateSymlinkAsync("/root/t/l", "a", new FileOwnership(), _cancel);
        var list = await files.ListAsync("/root/t", _cancel);
        Assert.Equal(["a", "l"], list.Select(file => file.Name));
        Assert.Equal((FileKind.File, 1000u, 1000u, Convert.ToUInt32("640", 8), 6L), (list[0].Kind, list[0].Uid, list[0].Gid, list[0].Mode, list[0].Size));
        Assert.Equal((FileKind.Symlink, "a"), (list[1].Kind, list[1].Target));
        await using (var content = await files.OpenReadAsync("/root/t/l", _cancel))
        {
            using var reader = new StreamReader(content);
            Assert.Equal("onetwo", await reader.ReadToEndAsync(_cancel));
        }
        var full = await Assert.ThrowsAsync<BerthException>(() => files.DeleteAsync("/root/t", false, _cancel));
        Assert.Equal(ErrorKind.Conflict, full.Kind);
        await files.DeleteAsync("/root/t", true, _cancel);
        var gone = await Assert.ThrowsAsync<BerthException>(() => files.StatAsync("/root/t", _cancel));
        Assert.Equal(ErrorKind.NotFound, gone.Kind);
    }

    [Fact]
    public async Task A_transfer_that_breaks_leaves_the_old_file()
    {
        var files = guest.Machine.Files;
        await files.WriteAsync("/root/keep", new MemoryStream("old"u8.ToArray()), new FileOwnership(), false, _cancel);
        await Assert.ThrowsAsync<InvalidOperationException>(() => files.WriteAsync("/root/keep", new BrokenStream(), new FileOwnership(), false, _cancel));
        await using var content = await files.OpenReadAsync("/root/keep", _cancel);
        using var reader = new StreamReader(content);
        Assert.Equal("old", await reader.ReadToEndAsync(_cancel));
    }

    [Fact]
    public async Task The_state_is_the_guests()
    {
        await guest.Machine.RefreshGuestAsync();
        var usage = await guest.Machine.GetUsageAsync(_cancel);
        Assert.Equal("Debian GNU/Linux", usage.Os?.Name);
        Assert.InRange(usage.MemoryTotal, 300L << 20, 512L << 20);
        Assert.True(usage.MemoryUsed > 0 && usage.Processes > 10 && usage.CpuNanoseconds > 0);
        Assert.Contains(usage.Interfaces, nic => nic.Loopback);
    }

    [Fact]
    public async Task A_pause_stops_the_guest_and_its_clock_is_right_afterwards()
    {
        await guest.Machine.FreezeAsync(_cancel);
        Assert.True(guest.Machine.Frozen);
        Assert.Null((await guest.Machine.GetUsageAsync(_cancel)).Os);
        await guest.Machine.ThawAsync(_cancel);
        Assert.False(guest.Machine.Frozen);
        var (_, output, _) = await guest.RunAsync(["date", "+%s"]);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.InRange(long.Parse(output, System.Globalization.CultureInfo.InvariantCulture), now - 5, now + 5);
    }

    [Fact]
    public async Task Memory_can_shrink_but_not_grow_and_cpus_stay()
    {
        var limits = guest.Spec.Limits;
        await guest.Machine.ApplyLimitsAsync(limits with { Memory = 384L << 20 }, _cancel);
        await guest.Machine.ApplyLimitsAsync(limits, _cancel);
        var more = await Assert.ThrowsAsync<BerthException>(() => guest.Machine.ApplyLimitsAsync(limits with { Memory = 1L << 30 }, _cancel));
        Assert.Equal(ErrorKind.Conflict, more.Kind);
        await Assert.ThrowsAsync<BerthException>(() => guest.Machine.ApplyLimitsAsync(limits with { CpuCount = 4 }, _cancel));
    }

    private sealed class BrokenStream : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _reads++ == 0 ? ValueTask.FromResult(100) : throw new InvalidOperationException("The source broke.");
    }
}
