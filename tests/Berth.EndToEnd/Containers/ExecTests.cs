using System.Globalization;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Containers;

/// <summary>Commands in a container: codes, streams, signals, terminals, identity.</summary>
public sealed class ExecTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private const int Large = 200 << 20;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await LaunchAsync("c1");
    }

    [Theory]
    [InlineData(0, "true")]
    [InlineData(1, "false")]
    [InlineData(7, "sh", "-c", "exit 7")]
    [InlineData(255, "sh", "-c", "exit 255")]
    [InlineData(143, "sh", "-c", "kill -TERM $$")]
    [InlineData(137, "sh", "-c", "kill -KILL $$")]
    [InlineData(127, "no-such-command")]
    [InlineData(126, "/etc/passwd")]
    public async Task The_exit_code_is_the_commands(int code, params string[] command) =>
        Assert.Equal(code, (await TryExecAsync("c1", command)).ExitCode);

    [Fact]
    public async Task Output_and_errors_stay_apart()
    {
        var result = await TryExecAsync("c1", "sh", "-c", "echo out; echo err >&2");
        Assert.Equal("out\n", result.Text);
        Assert.Equal("err\n", result.Error);
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        string[] arguments = ["", " ", "a b", "\"", "'", "$HOME", "*", "--", "ä\n∑", "\\"];
        var result = await TryExecAsync("c1", ["sh", "-c", "for a; do printf '[%s]' \"$a\"; done", "sh", .. arguments]);
        Assert.Equal(string.Concat(arguments.Select(a => $"[{a}]")), result.Text);
    }

    [Fact]
    public async Task Input_of_200_MB_arrives_whole()
    {
        var command = Server.BerthCommand("exec", "c1", "--", "sha256sum") with { Input = WriteNoiseAsync };
        Assert.StartsWith(HashOfNoise(), (await command.RunAsync(Cancellation)).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_of_200_MB_arrives_whole()
    {
        var result = await TryExecAsync("c1", "sh", "-c", $"yes 'the quick brown fox' | head -c {Large}");
        var line = "the quick brown fox\n"u8.ToArray();
        var expected = new byte[Large];
        for (var i = 0; i < Large; i++)
        {
            expected[i] = line[i % line.Length];
        }

        Assert.Equal(Large, result.Output.Length);
        Assert.True(expected.AsSpan().SequenceEqual(result.Output));
    }

    [Fact]
    public async Task Both_ways_at_once_200_MB_arrive_whole()
    {
        var command = Server.BerthCommand("exec", "c1", "--", "cat") with { Input = WriteNoiseAsync };
        var result = (await command.RunAsync(Cancellation)).Succeeded();
        Assert.Equal(HashOfNoise(), Convert.ToHexStringLower(SHA256.HashData(result.Output)));
    }

    [Fact]
    public async Task The_stock_client_streams_200_MB_both_ways()
    {
        var command = Server.IncusCommand("exec", "c1", "--", "cat") with { Input = WriteNoiseAsync };
        var result = (await command.RunAsync(Cancellation)).Succeeded();
        Assert.Equal(HashOfNoise(), Convert.ToHexStringLower(SHA256.HashData(result.Output)));
    }

    [Fact]
    public async Task Input_that_ends_is_seen_as_ended() =>
        Assert.Equal("0", (await Server.BerthAsync("exec", "c1", "--", "sh", "-c", "cat | wc -c")).Line.Trim());

    [Fact]
    public async Task A_command_that_does_not_read_does_not_hang()
    {
        var command = Server.BerthCommand("exec", "c1", "--", "true") with { Input = WriteNoiseAsync, Deadline = TimeSpan.FromSeconds(20) };
        Assert.Equal(0, (await command.RunAsync(Cancellation)).ExitCode);
    }

    [Fact]
    public async Task Environment_directory_and_user()
    {
        var result = await Server.BerthAsync("exec", "c1", "--env", "SHIP=Vasa", "--cwd", "/tmp", "--user", "1000", "--group", "1000",
            "--", "sh", "-c", "echo $SHIP $(pwd) $(id -u) $(id -g)");
        Assert.Equal("Vasa /tmp 1000 1000", result.Line);
    }

    [Fact]
    public async Task Root_has_a_home_and_a_path()
    {
        Assert.Equal("/root", await ExecAsync("c1", "sh", "-c", "echo $HOME"));
        Assert.Equal("/root", await ExecAsync("c1", "pwd"));
        Assert.Contains("/usr/sbin", await ExecAsync("c1", "sh", "-c", "echo $PATH"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("USR1")]
    public async Task Signals_reach_the_command(string signal)
    {
        var script = $"trap 'echo got {signal}; exit 42' {signal}; echo ready; while :; do sleep 1; done";
        var command = Server.BerthCommand("exec", "c1", "--", "sh", "-c", script) with
        {
            Deadline = TimeSpan.FromSeconds(20),
            OnFirstLine = pid => System.Diagnostics.Process.Start("/bin/kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]).Dispose(),
        };
        var result = await command.RunAsync(Cancellation);
        Assert.Equal($"ready\ngot {signal}\n", result.Text);
        Assert.Equal(42, result.ExitCode);
    }

    [Fact]
    public async Task A_terminal_is_one_and_has_the_size_of_ours()
    {
        var berth = Path.Combine(Host.Binaries, "berth");
        var script = new Command("/usr/bin/script", "-qec", $"stty rows 33 cols 77; {berth} exec -t c1 -- sh -c 'tty; stty size'", "/dev/null")
        {
            Environment = new Dictionary<string, string> { ["BERTH_SOCKET"] = Server.Place.Socket },
        };
        var text = (await script.RunAsync(Cancellation)).Succeeded().Text;
        Assert.Contains("/dev/pts/", text, StringComparison.Ordinal);
        Assert.Contains("33 77", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_there_is_none() =>
        Assert.Equal("not a tty", (await TryExecAsync("c1", "tty")).Line);

    [Fact]
    public async Task The_command_of_a_client_that_is_gone_ends()
    {
        var command = Server.BerthCommand("exec", "c1", "--", "sh", "-c", "echo ready; exec sleep 4242") with
        {
            OnFirstLine = pid => System.Diagnostics.Process.Start("/bin/kill", ["-KILL", pid.ToString(CultureInfo.InvariantCulture)]).Dispose(),
        };
        await command.RunAsync(Cancellation);
        await ExecAsync("c1", "timeout", "10", "sh", "-c", "while pgrep -f 'sleep 4242' | grep -qv $$; do usleep 50000; done");
    }

    [Fact]
    public async Task In_a_stopped_container_is_refused()
    {
        await Server.BerthAsync("stop", "--force", "c1");
        (await TryExecAsync("c1", "true")).Failed("c1", "running");
    }

    /// <summary>A short command may be over before its client has connected the socket that it needs least.</summary>
    [Fact]
    public async Task A_socket_that_comes_late_is_answered()
    {
        var (_, started) = await Server.Api.SendAsync(HttpMethod.Post, "/1.0/instances/c1/exec", new JsonObject
        {
            ["command"] = new JsonArray("true"),
            ["wait-for-websocket"] = true,
        }, Cancellation);
        var path = started.GetProperty("operation").GetString()!;
        var secrets = started.GetProperty("metadata").GetProperty("metadata").GetProperty("fds");
        var sockets = new List<WebSocket>();
        foreach (var name in new[] { "0", "1", "2" })
        {
            sockets.Add(await ConnectAsync(name));
        }

        await Server.Api.GetAsync(path + "/wait?timeout=30", Cancellation);
        sockets.Add(await ConnectAsync("control"));
        Assert.Equal(WebSocketMessageType.Close, (await sockets[^1].ReceiveAsync(new byte[16], Cancellation)).MessageType);
        sockets.ForEach(s => s.Dispose());

        Task<WebSocket> ConnectAsync(string name) =>
            Server.Api.WebSocketAsync($"{path}/websocket?secret={secrets.GetProperty(name).GetString()}", Cancellation);
    }

    [Fact]
    public async Task Twenty_at_once_keep_their_streams_apart()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => TryExecAsync("c1", "sh", "-c", $"echo {i}; exit {i}")));
        for (var i = 0; i < results.Length; i++)
        {
            Assert.True(results[i].ExitCode == i, $"{i}: exit code {results[i].ExitCode}: {results[i].Error}");
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), results[i].Line);
        }
    }

    /// <summary>200 MB that compress to nothing less, always the same.</summary>
    private static IEnumerable<byte[]> NoiseBlocks()
    {
        var random = new Random(4711);
        var block = new byte[1 << 20];
        for (var left = Large; left > 0; left -= block.Length)
        {
            random.NextBytes(block);
            yield return block;
        }
    }

    private static async Task WriteNoiseAsync(Stream stream, CancellationToken cancellation)
    {
        foreach (var block in NoiseBlocks())
        {
            await stream.WriteAsync(block, cancellation);
        }
    }

    private static string HashOfNoise()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var block in NoiseBlocks())
        {
            hash.AppendData(block);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
