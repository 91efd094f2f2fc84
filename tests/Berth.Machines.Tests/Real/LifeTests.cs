using System.Diagnostics;
using System.Text;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Networks;
using Berth.Linux.Processes;

namespace Berth.Machines.Tests.Real;

/// <summary>How machines end, come again and are taken over.</summary>
public sealed class LifeTests(GuestImage image)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_outlives_its_daemon_reboots_in_place_and_powers_off()
    {
        await using var test = await TestMachine.CreateAsync(image, _cancel);
        var first = await test.StartAsync(_cancel);
        await first.WaitForAgentAsync(s_patience, _cancel);
        await first.DisposeAsync();

        var clock = Stopwatch.StartNew();
        var second = Assert.IsType<MachineInstance>(await test.NewEngine().AdoptAsync(test.Spec, _cancel));
        Assert.Equal(first.Pid, second.Pid);
        await second.WaitForAgentAsync(s_patience, _cancel);
        TestContext.Current.TestOutputHelper?.WriteLine($"Taken over, agent included, in {clock.ElapsedMilliseconds} ms");
        Assert.Equal("hello", await ReadAsync(second, "echo", "-n", "hello"));

        var gone = new TaskCompletionSource();
        second.AgentReadyChanged += ready => _ = !ready && gone.TrySetResult();
        await second.ExecAsync(new ExecSpec { Command = ["systemctl", "reboot"] }, _cancel);
        await gone.Task.WaitAsync(s_patience, _cancel);
        await second.WaitForAgentAsync(s_patience, _cancel);
        Assert.Equal(first.Pid, second.Pid);
        Assert.False(second.Exited.IsCompleted);

        // The first wish is lost on this guest, as it is on one that is just booting.
        const string Mask = "/run/systemd/system/poweroff.target";
        await ReadAsync(second, "sh", "-c", $"ln -s /dev/null {Mask} && systemctl daemon-reload");
        var shutdown = second.ShutdownAsync(_cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), _cancel);
        await ReadAsync(second, "sh", "-c", $"rm {Mask} && systemctl daemon-reload");
        await shutdown.WaitAsync(s_patience, _cancel);
        Assert.Equal(StopReason.Stopped, await second.Exited.WaitAsync(s_patience, _cancel));
        AssertNothingLeft(test);
        Assert.Null(await test.NewEngine().AdoptAsync(test.Spec, _cancel));
        await second.DisposeAsync();
    }

    [Fact]
    public async Task An_agent_rests_while_no_daemon_runs()
    {
        await using var test = await TestMachine.CreateAsync(image, _cancel);
        var machine = await test.StartAsync(_cancel);
        await machine.WaitForAgentAsync(s_patience, _cancel);
        await ReadAsync(machine, "systemctl", "is-system-running", "--wait");
        TestContext.Current.TestOutputHelper?.WriteLine(await ReadAsync(machine, "sh", "-c", "systemd-analyze; systemd-analyze critical-chain berth-agent.service; uname -r"));
        TestContext.Current.TestOutputHelper?.WriteLine(await ReadAsync(machine, "sh", "-c", "grep -E 'VmRSS|RssAnon|Threads' /proc/$(pidof berth-agent)/status"));
        const string Ticks = "read -r s < /proc/$(pidof berth-agent)/stat; set -- ${s##*)}; echo $((${12} + ${13}))";
        var before = long.Parse(await ReadAsync(machine, "sh", "-c", Ticks), System.Globalization.CultureInfo.InvariantCulture);
        await machine.DisposeAsync();

        // The time that passes is what is measured; there is no event in a guest that does nothing.
        await Task.Delay(TimeSpan.FromSeconds(3), _cancel);
        var again = Assert.IsType<MachineInstance>(await test.NewEngine().AdoptAsync(test.Spec, _cancel));
        await again.WaitForAgentAsync(s_patience, _cancel);
        var after = long.Parse(await ReadAsync(again, "sh", "-c", Ticks), System.Globalization.CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"The agent used {after - before} ticks of 10 ms");
        Assert.True(before > 0);
        Assert.InRange(after - before, 0, 100);
        await again.KillAsync(_cancel);
        await again.DisposeAsync();
    }

    [Fact]
    public async Task A_machine_that_is_killed_is_seen_at_once()
    {
        await using var test = await TestMachine.CreateAsync(image, _cancel);
        var machine = await test.StartAsync(_cancel);
        using var pidFd = PidFd.Open(machine.Pid);
        var clock = Stopwatch.StartNew();
        pidFd.Send(Signal.SIGKILL);
        Assert.Equal(StopReason.Crashed, await machine.Exited.WaitAsync(TimeSpan.FromSeconds(5), _cancel));
        TestContext.Current.TestOutputHelper?.WriteLine($"Crash seen and released in {clock.ElapsedMilliseconds} ms");
        AssertNothingLeft(test);
        var e = await Assert.ThrowsAsync<BerthException>(() => machine.FreezeAsync(_cancel));
        Assert.Equal(ErrorKind.Conflict, e.Kind);
    }

    [Fact]
    public async Task Force_stop_works_on_a_frozen_machine_whose_QEMU_hangs_too()
    {
        await using var test = await TestMachine.CreateAsync(image, _cancel);
        var machine = await test.StartAsync(_cancel);
        var twice = await Assert.ThrowsAsync<BerthException>(() => test.Engine.StartAsync(test.Spec, _cancel));
        Assert.Equal(ErrorKind.Conflict, twice.Kind);
        await machine.FreezeAsync(_cancel);
        var clock = Stopwatch.StartNew();
        await machine.KillAsync(_cancel);
        TestContext.Current.TestOutputHelper?.WriteLine($"Force stop of a frozen machine in {clock.ElapsedMilliseconds} ms");
        Assert.Equal(StopReason.Stopped, await machine.Exited);

        await using var hung = await TestMachine.CreateAsync(image, _cancel);
        machine = await hung.StartAsync(_cancel);
        using var pidFd = PidFd.Open(machine.Pid);
        pidFd.Send(Signal.SIGSTOP);
        await machine.KillAsync(_cancel);
        Assert.Equal(StopReason.Stopped, await machine.Exited);
        AssertNothingLeft(hung);
    }

    [Fact]
    public async Task The_console_shows_keeps_and_takes_text()
    {
        await using var test = await TestMachine.CreateAsync(image, _cancel, spec => spec with
        {
            Boot = spec.Boot! with { CommandLine = "root=/dev/vda rw console=ttyS0 init=/bin/sh" },
        });
        var machine = await test.StartAsync(_cancel);
        await using var console = await machine.OpenConsoleAsync(_cancel);
        using var reader = new StreamReader(console.Output);
        await UntilAsync(reader, "# ");
        await console.Input.WriteAsync("echo $((6*7))-seen\r"u8.ToArray(), _cancel);
        await UntilAsync(reader, "42-seen");

        // QEMU logs a piece after it has sent it; the next one comes after that.
        await console.Input.WriteAsync("echo $((6*8))-next\r"u8.ToArray(), _cancel);
        await UntilAsync(reader, "48-next");
        Assert.Contains("42-seen", Encoding.UTF8.GetString(await machine.ReadConsoleLogAsync(_cancel)), StringComparison.Ordinal);

        await using var taking = await machine.OpenConsoleAsync(_cancel);
        await reader.ReadToEndAsync(_cancel).WaitAsync(TimeSpan.FromSeconds(10), _cancel);
    }

    [Fact]
    public async Task A_machine_that_cannot_start_says_why_and_leaves_nothing()
    {
        await using var test = await TestMachine.CreateAsync(image, _cancel, spec => spec with
        {
            Boot = spec.Boot! with { DiskFormat = "raw-ish" },
        });
        var e = await Assert.ThrowsAsync<BerthException>(() => test.StartAsync(_cancel));
        Assert.Contains("raw-ish", e.Message, StringComparison.Ordinal);
        AssertNothingLeft(test);
    }

    [Fact]
    public async Task A_card_joins_its_bridge_and_goes_with_the_machine()
    {
        var tag = Guid.NewGuid().ToString("N")[..6];
        var (bridge, tap) = ("bt" + tag, "tt" + tag);
        await IpAsync("link", "add", bridge, "type", "bridge");
        try
        {
            await using var test = await TestMachine.CreateAsync(image, _cancel, spec => spec with
            {
                Nics = [new NicSpec("eth0", "eth0", tap, "02:00:00:12:34:56", bridge)],
            });
            var machine = await test.StartAsync(_cancel);
            Assert.Contains($"master {bridge}", await IpAsync("link", "show", tap), StringComparison.Ordinal);
            await machine.WaitForAgentAsync(s_patience, _cancel);
            await machine.RefreshGuestAsync();
            var nic = Assert.Single((await machine.GetUsageAsync(_cancel)).Interfaces, nic => nic.Mac == "02:00:00:12:34:56");
            Assert.Equal(("enp5s0", tap), (nic.Name, nic.HostName));
            await machine.KillAsync(_cancel);
            Assert.DoesNotContain(tap, await IpAsync("link"), StringComparison.Ordinal);
        }
        finally
        {
            await IpAsync("link", "del", bridge);
        }
    }

    [Fact]
    public async Task Firmware_boots_a_disk_without_a_kernel_of_its_own()
    {
        await using var test = await TestMachine.CreateAsync(image, _cancel, spec => spec with
        {
            Boot = spec.Boot! with { Kernel = null, Initrd = null },
        });
        var machine = await test.StartAsync(_cancel);
        await using var console = await machine.OpenConsoleAsync(_cancel);
        using var reader = new StreamReader(console.Output);
        await UntilAsync(reader, "BdsDxe");
        Assert.True(File.Exists(Path.Combine(test.Spec.StateDirectory, "nvram.fd")));
    }

    private async Task<string> ReadAsync(MachineInstance machine, params string[] command)
    {
        await using var process = await machine.ExecAsync(new ExecSpec { Command = [.. command] }, _cancel);
        using var reader = new StreamReader(process.Output);
        return await reader.ReadToEndAsync(_cancel);
    }

    private async Task UntilAsync(StreamReader reader, string text)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_cancel);
        deadline.CancelAfter(s_patience);
        var seen = new StringBuilder();
        var buffer = new char[1024];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await reader.ReadAsync(buffer, deadline.Token);
            Assert.True(count > 0, $"The console ended before \"{text}\": {seen}");
            seen.Append(buffer, 0, count);
        }
    }

    private async Task<string> IpAsync(params string[] arguments) =>
        (await Spawner.RunCheckedAsync(["ip", .. arguments], null, _cancel)).Stdout;

    private static void AssertNothingLeft(TestMachine test)
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(test.Spec.RuntimeDirectory));
        Assert.DoesNotContain(test.Cgroups.Group(test.Spec.Cgroup).Directories, Directory.Exists);
    }
}
