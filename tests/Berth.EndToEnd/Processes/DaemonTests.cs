using System.Globalization;

namespace Berth.EndToEnd.Processes;

/// <summary>The daemon as a process of its host.</summary>
public sealed class DaemonTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    [Fact]
    public void The_socket_is_for_root_and_the_group() => Assert.Equal(OwnerAndGroup, File.GetUnixFileMode(Server.Place.Socket));

    [Theory]
    [InlineData("--version")]
    [InlineData("--help")]
    public async Task It_says_what_it_is(string option) =>
        Assert.Contains("berthd", (await Host.RunAsync(Path.Combine(Host.Binaries, "berthd"), option)).Text, StringComparison.Ordinal);

    [Fact]
    public async Task An_unknown_option_is_refused() =>
        (await Host.TryAsync(Path.Combine(Host.Binaries, "berthd"), "--sail")).Failed("--sail");

    [Fact]
    public async Task A_second_one_in_the_same_directories_is_refused()
    {
        var second = new Command(Path.Combine(Host.Binaries, "berthd"), "--state-dir", Server.Place.StateDirectory, "--runtime-dir", Server.Place.RuntimeDirectory)
        {
            Deadline = TimeSpan.FromSeconds(20),
        };
        (await second.RunAsync(Cancellation)).Failed();
        Assert.Equal("hello", await ExecAsync(await LaunchAsync("c1"), "echo", "hello"));
    }

    [Fact]
    public async Task Two_side_by_side_do_not_see_each_other()
    {
        await LaunchAsync("c1");
        await using (var other = await Support.Server.StartAsync(Place.OnHost(), "dir"))
        {
            await BusyboxImage.ImportAsync(other);
            await other.BerthAsync("launch", BusyboxImage.Alias, "c1");
            await other.BerthAsync("launch", BusyboxImage.Alias, "c2");
            Assert.Equal(["c1"], await Server.NamesAsync());
            Assert.Equal(["c1", "c2"], await other.NamesAsync());
            Assert.NotEqual(await Server.PidAsync("c1"), await other.PidAsync("c1"));
            await other.BerthAsync("delete", "--force", "c1", "c2");
            Assert.Equal("alive", await ExecAsync("c1", "echo", "alive"));
            await other.BerthAsync("profile", "device", "remove", "default", "eth0");
            await other.BerthAsync("network", "delete", other.Place.Bridge);
            await other.Daemon.StopAsync(Cancellation);
            Assert.Empty(HostSnapshot.MountsOf(other.Place));
            Assert.Empty(HostSnapshot.ProcessesOf(other.Place));
        }
    }

    [Fact]
    public async Task A_daemon_that_idles_is_small_and_quiet()
    {
        await LaunchAsync("c1");
        await Server.RestartAsync();
        await Server.BerthAsync("list");
        var status = await File.ReadAllLinesAsync($"/proc/{Server.Daemon.Pid}/status", Cancellation);
        var resident = status.Single(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
        Assert.InRange(int.Parse(resident, CultureInfo.InvariantCulture), 1024, 64 * 1024);
    }

    [Fact]
    public async Task Descriptors_and_threads_do_not_grow()
    {
        await LaunchAsync("c1");
        await ExecAsync("c1", "true");
        var before = Descriptors();
        for (var i = 0; i < 50; i++)
        {
            await ExecAsync("c1", "true");
            await Server.BerthAsync("list");
        }

        Assert.InRange(Descriptors(), 1, before + 10);
    }

    private int Descriptors() => Directory.GetFileSystemEntries($"/proc/{Server.Daemon.Pid}/fd").Length;
}
