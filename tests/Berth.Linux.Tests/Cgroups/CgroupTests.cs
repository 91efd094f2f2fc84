using Berth.Linux.Cgroups;
using Berth.Linux.Processes;

namespace Berth.Linux.Tests.Cgroups;

/// <summary>On the host's own hierarchies, whichever they are.</summary>
public sealed class CgroupTests : IAsyncLifetime
{
    private readonly CgroupHost _host = CgroupHost.Detect();
    private readonly Cgroup _top;
    private readonly Cgroup _group;

    public CgroupTests()
    {
        _top = _host.Group($"berth-linux-test-{Guid.NewGuid():N}");
        _group = _top.Child("one");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _group.Create();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _top.RemoveAsync(CancellationToken.None);
        Assert.All(_top.Directories, directory => Assert.False(Directory.Exists(directory)));
    }

    [Fact]
    public void Create_twice_is_harmless()
    {
        _group.Create();
        Assert.True(_group.Exists);
        Assert.False(_top.Child("two").Exists);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_ends_all_processes_even_frozen_ones(bool frozen)
    {
        var below = _group.Child("below");
        below.Create();
        var children = new List<ChildProcess>();
        for (var i = 0; i < 5; i++)
        {
            var child = Spawner.Start(new SpawnOptions { Argv = ["sleep", "1000"] });
            children.Add(child);
            // On v2 a group that hands on controllers has no processes of its own.
            (i % 2 == 0 && _host.Unified is not { Controllers.Count: > 0 } ? _group : below).AddProcess(child.Pid);
        }

        Assert.Equal(children.Select(child => child.Pid).Order(), _group.Processes().Order());
        if (frozen)
        {
            await _group.FreezeAsync(Cancel);
            Assert.True(_group.IsFrozen);
        }

        await _group.KillAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.All(await Task.WhenAll(children.Select(child => child.Exited)), status => Assert.Equal(9, status.KilledBy));
        Assert.Empty(_group.Processes());
    }

    [Fact]
    public async Task Freeze_stops_and_thaw_goes_on()
    {
        var child = Spawner.Start(new SpawnOptions { Argv = ["sh", "-c", "while :; do :; done"] });
        _group.AddProcess(child.Pid);
        await _group.FreezeAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        using var counters = new CgroupCounters(_group, _group);
        var before = counters.Read();
        Assert.Equal(before.CpuNanoseconds, counters.Read().CpuNanoseconds);
        Assert.Equal(1, before.Processes);
        await _group.ThawAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.False(_group.IsFrozen);
        child.Kill();
        await child.Exited;
    }

    [Fact]
    public async Task A_group_that_went_meanwhile_is_neither_frozen_nor_a_failure_to_kill()
    {
        var gone = _group.Child("gone");
        Assert.False(gone.IsFrozen);
        await gone.KillAsync(Cancel);
        await gone.RemoveAsync(Cancel);
    }

    [Fact]
    public async Task Limits_are_what_was_set()
    {
        using var counters = new CgroupCounters(_group, _group);
        _group.SetMemoryMax(64 << 20);
        Assert.Equal(64 << 20, counters.Read().MemoryMax);
        _group.SetMemoryMax(128 << 20);
        Assert.Equal(128 << 20, counters.Read().MemoryMax);
        _group.SetSwapMax(0);
        _group.SetMemoryMax(32 << 20);
        Assert.Equal(32 << 20, counters.Read().MemoryMax);
        _group.SetMemoryMax(null);
        Assert.Null(counters.Read().MemoryMax);
        _group.SetCpuMax(50_000);
        _group.SetCpuMax(25_000, 50_000);
        _group.SetCpuMax(null);
        _group.SetCpuWeight(1);
        _group.SetCpuWeight(10_000);
        _group.SetMemoryLow(1 << 20);
        _group.SetCpuSet("0");
        _group.SetCpuSet(null);
        _group.SetPidsMax(3);
        var result = await RunInGroupAsync("for i in 1 2 3 4 5; do sleep 0 & done; wait");
        Assert.Contains("fork", result.Stderr, StringComparison.OrdinalIgnoreCase);
        _group.SetPidsMax(null);
        Assert.Equal(0, (await RunInGroupAsync("for i in 1 2 3 4 5; do sleep 0 & done; wait")).ExitCode);
        Assert.Throws<ArgumentOutOfRangeException>(() => _group.SetCpuWeight(0));
    }

    [Fact]
    public async Task Usage_and_an_oom_kill_are_seen()
    {
        _group.SetMemoryMax(16 << 20);
        _group.SetSwapMax(0);
        var result = await RunInGroupAsync("head -c 100m /dev/zero | tail");
        Assert.NotEqual(0, result.ExitCode);
        Assert.True(_group.OomKills() > 0);
        using var counters = new CgroupCounters(_group, _group);
        var sample = counters.Read();
        Assert.InRange(sample.MemoryPeak ?? 0, 8 << 20, 16 << 20);
        Assert.True(sample.CpuNanoseconds > 0);
        Assert.InRange(sample.MemoryUsed, 0, sample.MemoryUsage);
        Assert.Equal((16 << 20, 0), (sample.MemoryMax, sample.Processes));
        _group.SetMemoryMax(null);
        Assert.Null(counters.Read().MemoryMax);
    }

    [Fact]
    public async Task Counters_follow_a_group_that_was_made_again()
    {
        var again = _group.Child("again");
        again.Create();
        using var counters = new CgroupCounters(again, again);
        Assert.Equal(0, counters.Read().Processes);
        await again.RemoveAsync(Cancel);
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => counters.Read()).Errno);
        again.Create();
        Assert.Equal(0, counters.Read().Processes);
        counters.Dispose();
        Assert.Equal(Errno.EBADF, Assert.Throws<LinuxException>(() => counters.Read()).Errno);
        await again.RemoveAsync(Cancel);
    }

    [Fact]
    public void Refused_value_names_the_file()
    {
        var e = Assert.Throws<LinuxException>(() => _group.SetCpuSet("900-901"));
        Assert.Contains("cpuset.cpus = 900-901", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removing_what_does_not_exist_is_fine() => await _top.Child("never").RemoveAsync(Cancel);

    private Task<CommandResult> RunInGroupAsync(string script)
    {
        var enter = string.Join("; ", _group.Directories.Select(directory => $"echo $$ > {directory}/cgroup.procs"));
        return Spawner.RunAsync(["bash", "-c", $"{enter}; {script}"], new CommandOptions { Timeout = TimeSpan.FromSeconds(20) }, Cancel);
    }
}
