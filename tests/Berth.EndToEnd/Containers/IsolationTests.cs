using System.Globalization;

namespace Berth.EndToEnd.Containers;

/// <summary>What a container may not see or do.</summary>
public abstract class IsolationTests(TestHost host) : ServerTests(host)
{
    private const int RangeSize = 65536;

    [Fact]
    public async Task Each_has_an_id_range_of_its_own()
    {
        var first = await RangeAsync(await LaunchAsync("c1"));
        var second = await RangeAsync(await LaunchAsync("c2"));
        Assert.Equal(RangeSize, first.Size);
        Assert.Equal(RangeSize, second.Size);
        Assert.True(Math.Abs(first.Start - second.Start) >= RangeSize, $"{first} and {second} overlap");
        Assert.True(first.Start >= RangeSize, $"{first} holds ids of the host");
    }

    [Fact]
    public async Task Root_inside_is_nobody_outside()
    {
        var (start, _) = await RangeAsync(await LaunchAsync("c1"));
        var status = await File.ReadAllLinesAsync($"/proc/{await Server.PidAsync("c1")}/status", Cancellation);
        Assert.Equal(start, long.Parse(status.Single(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1], CultureInfo.InvariantCulture));
        Assert.Equal("0 0", await ExecAsync("c1", "stat", "-c", "%u %g", "/bin/busybox"));
    }

    [Fact]
    public async Task Roots_are_apart()
    {
        await LaunchAsync("c1");
        await LaunchAsync("c2");
        await ExecAsync("c1", "sh", "-c", "echo changed >/etc/hostname; rm /bin/ls; echo new >/root/new");
        Assert.Equal(0, (await TryExecAsync("c2", "test", "-e", "/bin/ls")).ExitCode);
        Assert.Equal(1, (await TryExecAsync("c2", "test", "-e", "/root/new")).ExitCode);
    }

    [Theory]
    [InlineData("mknod /tmp/disk b 8 0")]
    [InlineData("echo 1 >/proc/sysrq-trigger")]
    [InlineData("echo x >/proc/sys/kernel/core_pattern")]
    [InlineData("mount -t ext4 /dev/vda /mnt")]
    [InlineData("echo 3 >/proc/sys/vm/drop_caches")]
    public async Task Root_inside_cannot(string command)
    {
        await LaunchAsync("c1");
        Assert.NotEqual(0, (await TryExecAsync("c1", "sh", "-c", command)).ExitCode);
    }

    [Fact]
    public async Task Processes_of_the_host_are_not_seen()
    {
        await LaunchAsync("c1");
        Assert.Equal("init", await ExecAsync("c1", "cat", "/proc/1/comm"));
        Assert.InRange((await ExecAsync("c1", "ps")).Split('\n').Length, 2, 10);
        Assert.DoesNotContain("berthd", await ExecAsync("c1", "ps"), StringComparison.Ordinal);
    }

    private async Task<(long Start, long Size)> RangeAsync(string name)
    {
        var map = (await ExecAsync(name, "cat", "/proc/self/uid_map")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(map[1], CultureInfo.InvariantCulture), long.Parse(map[2], CultureInfo.InvariantCulture));
    }
}

public sealed class IsolationOnDirTests(DirHost host) : IsolationTests(host), IClassFixture<DirHost>;

public sealed class IsolationOnBtrfsTests(BtrfsHost host) : IsolationTests(host), IClassFixture<BtrfsHost>;
