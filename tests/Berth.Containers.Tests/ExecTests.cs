using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Berth.Containers.Tests.Support;
using Berth.Core.Instances;

namespace Berth.Containers.Tests;

public sealed class ExecTests(ContainerHost host) : ContainerTest(host)
{
    [Theory]
    [InlineData(0, "true")]
    [InlineData(7, "sh", "-c", "exit 7")]
    [InlineData(143, "sh", "-c", "kill -TERM $$")]
    [InlineData(127, "no-such-program")]
    [InlineData(127, "/bin/no-such-program")]
    [InlineData(126, "/etc/not-a-program")]
    [InlineData(255, "sh", "-c", "exit 255")]
    public async Task ExitCodesAreTheShells(int code, params string[] command)
    {
        var instance = await StartReadyAsync();
        Assert.Equal(code, (await RunAsync(instance, command)).Code);
    }

    [Fact]
    public async Task TheCommandIsWhoAndWhereItWasAskedToBe()
    {
        var instance = await StartReadyAsync();
        var root = await RunAsync(instance, "sh", "-c", "id -u; id -G; pwd; echo $HOME $USER $FROM_CONFIG; cat /proc/self/uid_map; ls /proc/self/fd; echo oops >&2");
        Assert.StartsWith("0\n0\n/root\n/root root yes, it is\n         0 ", root.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("0\n1\n2\n3\n", root.Stdout, StringComparison.Ordinal);
        Assert.Equal("oops\n", root.Stderr);
        var user = await RunAsync(instance, new ExecSpec
        {
            Command = ["sh", "-c", "id -u; id -g; id -G; pwd; echo $HOME $USER $X; echo $0"],
            Uid = 1000,
            Gid = 1000,
            Environment = new ExecSpec { Command = [] }.Environment.Add("X", "1 =2"),
        });
        Assert.Equal("1000\n1000\n1000\n/home/user\n/home/user user 1 =2\nsh\n", user.Stdout);
        Assert.Equal("/tmp\n", (await RunAsync(instance, new ExecSpec { Command = ["pwd"], WorkingDirectory = "/tmp" })).Stdout);
    }

    [Fact]
    public async Task PipesLoseNothing()
    {
        const int size = 200 << 20;
        var instance = await StartReadyAsync();
        await using var process = await instance.ExecAsync(new() { Command = ["cat"] }, Cancel);
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var got = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var writing = Task.Run(
            async () =>
            {
                var block = new byte[1 << 20];
                for (var i = 0; i < size / block.Length; i++)
                {
                    Random.Shared.NextBytes(block);
                    sent.AppendData(block);
                    await process.Input.WriteAsync(block, Cancel);
                }

                await process.Input.DisposeAsync();
            },
            Cancel);
        var buffer = new byte[1 << 16];
        var total = 0;
        while (await process.Output.ReadAsync(buffer, Cancel) is > 0 and var read)
        {
            got.AppendData(buffer, 0, read);
            total += read;
        }

        await writing;
        Assert.Equal(size, total);
        Assert.Equal(sent.GetHashAndReset(), got.GetHashAndReset());
        Assert.Equal(0, await process.ExitCode);
    }

    [Fact]
    public async Task ATerminalIsTheContainersOwn()
    {
        var instance = await StartReadyAsync();
        await using var process = await instance.ExecAsync(new() { Command = ["sh"], Terminal = (100, 30) }, Cancel);
        Assert.Null(process.Error);
        await process.Input.WriteAsync("tty; stty size; test -c $(tty) && echo TERM=$TERM.\n"u8.ToArray(), Cancel);
        var text = await ReadUntilAsync(process.Output, "TERM=xterm.");
        Assert.Contains("/dev/pts/", text, StringComparison.Ordinal);
        Assert.Contains("30 100", text, StringComparison.Ordinal);
        await process.ResizeAsync(120, 40, Cancel);
        await process.Input.WriteAsync("stty size\n"u8.ToArray(), Cancel);
        await ReadUntilAsync(process.Output, "40 120");

        // Ctrl-C reaches what runs in the foreground, and not the shell.
        await process.Input.WriteAsync("sh -c \"echo wait''ing; exec sleep 1000\"\n"u8.ToArray(), Cancel);
        await ReadUntilAsync(process.Output, "waiting");
        await process.Input.WriteAsync(new byte[] { 3 }, Cancel);
        await process.Input.WriteAsync("echo again-$?\n"u8.ToArray(), Cancel);
        await ReadUntilAsync(process.Output, "again-130");
        await process.Input.WriteAsync("exit 5\n"u8.ToArray(), Cancel);
        Assert.Equal(5, await process.ExitCode.WaitAsync(Soon, Cancel));
    }

    [Fact]
    public async Task ATerminalLosesNothing()
    {
        var instance = await StartReadyAsync();
        await using var process = await instance.ExecAsync(
            new() { Command = ["sh", "-c", "stty raw -echo; yes 0123456789abcde | head -c 20000000 | tee /tmp/all | cat; stty sane"], Terminal = (80, 25) }, Cancel);
        var all = await ReadAllAsync(process.Output);
        Assert.Equal(20_000_000, all.Length);
        Assert.Equal(0, await process.ExitCode);
        var sum = await RunAsync(instance, "sha256sum", "/tmp/all");
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(all)), sum.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignalsReachTheCommand()
    {
        var instance = await StartReadyAsync();
        await using var process = await instance.ExecAsync(new() { Command = ["sh", "-c", "trap 'echo usr1; exit 3' USR1; echo ready; while :; do sleep 0.1; done"] }, Cancel);
        await ReadUntilAsync(process.Output, "ready");
        await process.SignalAsync(10, Cancel);
        await ReadUntilAsync(process.Output, "usr1");
        Assert.Equal(3, await process.ExitCode.WaitAsync(Soon, Cancel));
    }

    [Fact]
    public async Task DisposingKillsTheCommand()
    {
        var instance = await StartReadyAsync();
        var process = await instance.ExecAsync(new() { Command = ["sleep", "4321"] }, Cancel);
        await process.DisposeAsync();
        Assert.NotEqual(0, await process.ExitCode.WaitAsync(Soon, Cancel));
        Assert.DoesNotContain("4321", (await RunAsync(instance, "ps")).Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AContainerThatEndsEndsItsCommands()
    {
        var instance = await StartReadyAsync();
        await using var process = await instance.ExecAsync(new() { Command = ["sleep", "1000"] }, Cancel);
        await instance.KillAsync(Cancel);
        Assert.Equal(137, await process.ExitCode.WaitAsync(Soon, Cancel));
        var late = await Assert.ThrowsAsync<Core.BerthException>(() => instance.ExecAsync(new() { Command = ["true"] }, Cancel));
        Assert.Equal(Core.ErrorKind.Conflict, late.Kind);
    }

    [Fact]
    public async Task AVariableOfTheUserDoesNotReachTheHelper()
    {
        var instance = await StartReadyAsync();
        var output = await RunAsync(instance, new ExecSpec
        {
            Command = ["sh", "-c", "echo $LD_PRELOAD"],
            Environment = new ExecSpec { Command = [] }.Environment.Add("LD_PRELOAD", "/tmp/evil.so"),
        });
        Assert.Equal("/tmp/evil.so\n", output.Stdout);
        Assert.Empty(output.Stderr);
    }

    /// <summary>The paths are seen from the container's own root of each hierarchy: what is outside of it begins with "/..".</summary>
    [Fact]
    public async Task IsInTheContainersControlGroups()
    {
        var instance = await StartReadyAsync();
        var lines = (await RunAsync(instance, "cat", "/proc/self/cgroup")).Stdout.Trim().Split('\n');
        Assert.All(lines, line => Assert.Contains(line.Split(':')[2], new[] { "/", "/" + ContainerPaths.ExecCgroup }));
    }

    [Fact]
    public void ARequestComesThroughWhole()
    {
        var text = Gen.Char[' ', '\uFFFD'].Where(c => !char.IsSurrogate(c)).Array[0, 20].Select(c => new string(c));
        var list = text.Array[0, 5];
        Gen.Select(Gen.UInt, Gen.UInt, text, list, list, list).Sample((uid, gid, directory, groups, command, environment) =>
        {
            var request = new ExecRequest(uid, gid, directory, "/sys/fs/cgroup/a", groups, command, environment);
            var bytes = request.ToBytes();
            var read = ExecRequest.Read(bytes);
            Assert.Equal((uid, gid, directory, request.UnifiedGroup), (read.Uid, read.Gid, read.Directory, read.UnifiedGroup));
            Assert.Equal([groups, command, environment], new[] { read.LegacyGroups, read.Command, read.Environment });
        });
    }

    [Fact]
    public void ARequestThatIsCutOffIsRefused() =>
        Assert.Throws<FormatException>(() => ExecRequest.Read("0\00\0/\0\01\0"u8));

    [Fact]
    public async Task ManyAtOnce()
    {
        var instance = await StartReadyAsync();
        var outputs = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => RunAsync(
            instance, new ExecSpec { Command = ["cat"] }, Encoding.UTF8.GetBytes($"number {i}"))));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"number {i}"), outputs.Select(o => o.Stdout));
    }
}
