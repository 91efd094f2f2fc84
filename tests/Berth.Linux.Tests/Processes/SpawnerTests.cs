using System.Globalization;
using System.Runtime.InteropServices;
using Berth.Linux.Events;
using Berth.Linux.Processes;

namespace Berth.Linux.Tests.Processes;

public sealed class SpawnerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 7", 7, 0)]
    [InlineData("kill -TERM $$", 143, 15)]
    public async Task Exit_status_is_kept(string script, int code, int signal)
    {
        var child = Spawner.Start(new SpawnOptions { Argv = ["sh", "-c", script] });
        Assert.Equal(new ExitStatus(code, signal), await child.Exited.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        Assert.False(child.Kill());
        Assert.False(child.KillGroup());
    }

    [Fact]
    public void Unknown_command_is_named()
    {
        var e = Assert.Throws<LinuxException>(() => Spawner.Start(new SpawnOptions { Argv = ["no-such-command"] }));
        Assert.Equal((Errno.ENOENT, "no-such-command"), (e.Errno, e.Path));
    }

    [Fact]
    public void Missing_working_directory_is_named()
    {
        var e = Assert.Throws<LinuxException>(() => Spawner.Start(new SpawnOptions { Argv = ["true"], WorkingDirectory = "/nonexistent" }));
        Assert.Equal((Errno.ENOENT, "/nonexistent"), (e.Errno, e.Path));
    }

    [Fact]
    public async Task Child_gets_exactly_the_mapped_descriptors()
    {
        // Even a descriptor that somebody forgot to mark does not leak; low numbers are swapped without clobbering each other.
        using var leaked = Fd.Open("/etc/passwd", OpenFlags.ReadOnly);
        Fd.SetCloseOnExec(leaked, false);
        var (read, write) = Fd.Pipe();
        await using var output = new ReactorStream(read, FileAccess.Read);
        using (write)
        {
            using var three = Fd.Open("/etc/group", OpenFlags.ReadOnly);
            var child = Spawner.Start(new SpawnOptions
            {
                Argv = ["sh", "-c", "for f in /proc/self/fd/*; do echo ${f##*/} $(readlink $f); done | grep -v pipe:; readlink /proc/$$/fd/0 /proc/$$/fd/3 /proc/$$/fd/5; test ! -e /proc/$$/fd/4 && test ! -e /proc/$$/fd/6 && echo clean"],
                Fds = new Dictionary<int, SafeHandle> { [1] = write, [3] = leaked, [5] = three },
            });
            Assert.True((await child.Exited).Success);
        }

        var text = await new StreamReader(output).ReadToEndAsync(Cancel);
        Assert.EndsWith("/dev/null\n/etc/passwd\n/etc/group\nclean\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Descriptors_can_be_permuted()
    {
        using var a = Fd.Open("/etc/passwd", OpenFlags.ReadOnly);
        using var b = Fd.Open("/etc/group", OpenFlags.ReadOnly);
        var (fdA, fdB) = ((int)a.DangerousGetHandle(), (int)b.DangerousGetHandle());
        var (read, write) = Fd.Pipe();
        await using var output = new ReactorStream(read, FileAccess.Read);
        using (write)
        {
            var child = Spawner.Start(new SpawnOptions
            {
                Argv = ["sh", "-c", $"readlink /proc/$$/fd/{fdA} /proc/$$/fd/{fdB}"],
                Fds = new Dictionary<int, SafeHandle> { [1] = write, [fdA] = b, [fdB] = a },
            });
            Assert.True((await child.Exited).Success);
        }

        Assert.Equal("/etc/group\n/etc/passwd\n", await new StreamReader(output).ReadToEndAsync(Cancel));
    }

    [Fact]
    public async Task Signals_are_at_their_defaults()
    {
        var result = await Spawner.RunCheckedAsync(["cat", "/proc/self/status"], null, Cancel);
        var masks = result.Stdout.Split('\n').Where(line => line.StartsWith("SigBlk", StringComparison.Ordinal) || line.StartsWith("SigIgn", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, masks.Count);

        // glibc itself ignores its two internal signals, 32 and 33, in what it spawns.
        Assert.All(masks, mask => Assert.Equal(0UL, ulong.Parse(mask.Split('\t')[1], NumberStyles.HexNumber) & ~0x1_8000_0000UL));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Child_has_a_group_and_if_wanted_a_session_of_its_own(bool session)
    {
        var (read, write) = Fd.Pipe();
        using var input = write;
        var child = Spawner.Start(new SpawnOptions { Argv = ["cat"], NewSession = session, Fds = new Dictionary<int, SafeHandle> { [0] = read } });
        read.Dispose();
        var stat = Fd.ReadText($"/proc/{child.Pid}/stat").Split(") ")[1].Split(' ');
        Assert.Equal(child.Pid, int.Parse(stat[2]));
        Assert.Equal(session, int.Parse(stat[3]) == child.Pid);
        input.Dispose();
        Assert.True((await child.Exited.WaitAsync(TimeSpan.FromSeconds(10), Cancel)).Success);
    }

    [Fact]
    public async Task Pidfd_of_a_stranger_signals_its_end()
    {
        var (read, write) = Fd.Pipe();
        using var ownedWrite = write;
        var child = Spawner.Start(new SpawnOptions { Argv = ["cat"], Fds = new Dictionary<int, SafeHandle> { [0] = read } });
        read.Dispose();
        using var stranger = PidFd.Open(child.Pid);
        Assert.False(stranger.HasExited);
        var gone = stranger.WaitAsync(Cancel);
        Assert.False(gone.IsCompleted);
        Assert.True(stranger.Send(Signal.SIGKILL));
        await gone.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal(9, (await child.Exited).KilledBy);
        Assert.True(stranger.HasExited);
        Assert.False(stranger.Send(Signal.SIGKILL));
        Assert.Null(PidFd.TryOpen(child.Pid));
    }
}
