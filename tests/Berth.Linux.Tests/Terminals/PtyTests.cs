using System.Runtime.InteropServices;
using System.Text;
using Berth.Linux.Mounts;
using Berth.Linux.Processes;
using Berth.Linux.Terminals;

namespace Berth.Linux.Tests.Terminals;

public sealed class PtyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shell_has_a_controlling_terminal_of_the_given_size()
    {
        using var pty = Pty.Open(new WindowSize(132, 43));
        var output = await RunAsync(pty, "stty size; tty; cat < /dev/tty & ps -o tty= -p $$; kill $!; wait");
        Assert.StartsWith($"43 132\r\n{pty.SlavePath}\r\npts/{pty.Number}", output, StringComparison.Ordinal);
        Assert.Equal(new WindowSize(132, 43), pty.WindowSize);
    }

    [Fact]
    public async Task Interrupt_key_reaches_the_foreground()
    {
        using var pty = Pty.Open();
        var child = Start(pty, "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done");
        var buffer = new byte[256];
        var text = new StringBuilder();
        while (!text.ToString().Contains("ready", StringComparison.Ordinal))
        {
            text.Append(Encoding.UTF8.GetString(buffer, 0, await pty.Master.ReadAsync(buffer, Cancel)));
        }

        await pty.Master.WriteAsync("\x03"u8.ToArray(), Cancel);
        Assert.Equal(5, (await child.Exited.WaitAsync(TimeSpan.FromSeconds(10), Cancel)).Code);
    }

    [Fact]
    public async Task Raw_mode_passes_bytes_unchanged_and_can_be_undone()
    {
        using var pty = Pty.Open();
        using (Terminal.MakeRaw(pty.Slave))
        {
            await pty.Master.WriteAsync(new byte[] { 3, 13, 4, 10 }, Cancel);
            var buffer = new byte[4];
            Assert.Equal(4, Fd.TryRead(pty.Slave, buffer));
            Assert.Equal(new byte[] { 3, 13, 4, 10 }, buffer);
        }

        Assert.True(Terminal.IsTerminal(pty.Slave));
        await pty.Master.WriteAsync("x\r"u8.ToArray(), Cancel);
        var line = new byte[10];
        Assert.Equal(2, Fd.TryRead(pty.Slave, line));
        Assert.Equal((byte)'\n', line[1]);
    }

    [Fact]
    public async Task Other_devpts_instance_is_used()
    {
        using var devpts = MountApi.CreateFileSystem("devpts", [new("newinstance", null), new("ptmxmode", "0666"), new("mode", "0620")]);
        using var first = Pty.OpenIn(devpts);
        using var second = Pty.OpenIn(devpts, new WindowSize(80, 24));
        Assert.Equal((0, 1), (first.Number, second.Number));
        Assert.Contains("24 80", await RunAsync(second, "stty size"), StringComparison.Ordinal);
    }

    [Fact]
    public void File_is_no_terminal()
    {
        using var file = Fd.Open("/etc/passwd", OpenFlags.ReadOnly);
        Assert.False(Terminal.IsTerminal(file));
        Assert.Equal(Errno.ENOTTY, Assert.Throws<LinuxException>(() => Terminal.GetWindowSize(file)).Errno);
    }

    private static ChildProcess Start(Pty pty, string script)
    {
        var child = Spawner.Start(new SpawnOptions
        {
            Argv = ["sh", "-c", script],
            ControllingTerminal = true,
            Fds = new Dictionary<int, SafeHandle> { [0] = pty.Slave, [1] = pty.Slave, [2] = pty.Slave },
        });
        pty.Slave.Dispose();
        return child;
    }

    private static async Task<string> RunAsync(Pty pty, string script)
    {
        var child = Start(pty, script);
        var output = await new StreamReader(pty.Master).ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        await child.Exited;
        return output;
    }
}
