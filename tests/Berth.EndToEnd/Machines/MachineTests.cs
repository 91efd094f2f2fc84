using System.Globalization;

namespace Berth.EndToEnd.Machines;

/// <summary>Virtual machines from the image that containers start from too.</summary>
[Collection(nameof(DebianHost))]
public sealed class MachineTests(DebianHost host) : ServerTests(host)
{
    private const long MiB = 1 << 20;

    /// <summary>One machine for the whole sequence: under emulation a boot takes a while.</summary>
    [Fact]
    public async Task Launched_used_and_shut_down()
    {
        await LaunchMachineAsync("vm1", "-c", "limits.memory=768MiB", "-c", "limits.cpu=1");
        Assert.Equal("vm1,RUNNING,VIRTUAL-MACHINE", (await Server.BerthAsync("list", "--format", "csv", "--columns", "nst")).Line);
        Assert.Equal("vm1", await ExecAsync("vm1", "hostname"));
        Assert.NotEqual((await Host.RunAsync("uname", "-r")).Line, await ExecAsync("vm1", "uname", "-r"));
        await ExecKeepsCodesAndStreamsAsync();
        await FilesGoInAndOutAsync();
        await StateIsTheGuestsAsync();
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await Server.BerthAsync("stop", "vm1", "--timeout", "90");
        await events.LifecycleAsync("vm1", Cancellation, "instance-shutdown", "instance-stopped");
        Assert.Equal("Stopped", await Server.StatusAsync("vm1"));
    }

    [Fact]
    public async Task A_killed_machine_is_seen_and_starts_again()
    {
        await LaunchMachineAsync("vm1", "-c", "limits.memory=512MiB");
        await LaunchAsync("c1");
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        var pid = await Server.PidAsync("vm1");
        await Host.RunAsync("kill", "-KILL", pid.ToString(CultureInfo.InvariantCulture));
        await events.LifecycleAsync("vm1", Cancellation, "instance-stopped", "instance-shutdown");
        Assert.Equal("Stopped", await Server.StatusAsync("vm1"));
        Assert.Equal("alive", await ExecAsync("c1", "echo", "alive"));
        await Server.BerthAsync("start", "vm1");
        Assert.Equal("Running", await Server.StatusAsync("vm1"));
        Assert.NotEqual(pid, await Server.PidAsync("vm1"));
    }

    [Fact]
    public async Task A_machine_goes_on_without_the_daemon()
    {
        await LaunchMachineAsync("vm1", "-c", "limits.memory=512MiB");
        var pid = await Server.PidAsync("vm1");
        await Server.CrashAndRestartAsync();
        Assert.Equal(pid, await Server.PidAsync("vm1"));
        await AgentAsync("vm1");
        Assert.Equal("vm1", await ExecAsync("vm1", "hostname"));
        Assert.NotEqual("", (await Server.BerthAsync("console", "vm1", "--show-log")).Text);
    }

    [Fact]
    public async Task Qemu_is_nobody_special()
    {
        await Server.BerthAsync("launch", DebianImage.Alias, "vm1", "--vm", "-c", "limits.memory=512MiB");
        var status = await File.ReadAllLinesAsync($"/proc/{await Server.PidAsync("vm1")}/status", Cancellation);
        Assert.NotEqual("0", Field(status, "Uid:"));
        Assert.Equal("0000000000000000", Field(status, "CapEff:"));
        Assert.Equal("2", Field(status, "Seccomp:"));
    }

    /// <summary>A profile's limit for containers does not keep a machine from working; a larger one holds, and changes live.</summary>
    [Fact]
    public async Task Threads_of_Qemu_are_limited()
    {
        await Server.BerthAsync("launch", DebianImage.Alias, "vm1", "--vm", "-c", "limits.memory=512MiB", "-c", "limits.processes=5", "-c", "limits.cpu=2");
        var file = HostSnapshot.CgroupsOf(Server.Place).Select(d => Path.Combine(d, "pids.max")).Single(f => f.EndsWith("/vm1/pids.max") && File.Exists(f));
        Assert.Equal("98\n", await File.ReadAllTextAsync(file, Cancellation));
        await Server.BerthAsync("config", "set", "vm1", "limits.processes=500");
        Assert.Equal("500\n", await File.ReadAllTextAsync(file, Cancellation));
        await Server.BerthAsync("config", "unset", "vm1", "limits.processes");
        Assert.Equal("max\n", await File.ReadAllTextAsync(file, Cancellation));
    }

    [Fact]
    public async Task A_paused_machine_resumes()
    {
        await LaunchMachineAsync("vm1", "-c", "limits.memory=512MiB");
        await Server.BerthAsync("pause", "vm1");
        Assert.Equal("Frozen", await Server.StatusAsync("vm1"));
        await Server.BerthAsync("resume", "vm1");
        Assert.Equal("vm1", await ExecAsync("vm1", "hostname"));
    }

    /// <summary>The command that ends the agent ends with it; without one, the guest is asked by its power button.</summary>
    [Fact]
    public async Task An_agent_that_ends_is_missed_at_once_and_the_power_button_works()
    {
        await LaunchMachineAsync("vm1", "-c", "limits.memory=512MiB");
        await ExecAsync("vm1", "systemd-run", "--on-active=30", "systemctl", "start", "berth-agent");
        (await TryExecAsync("vm1", "systemctl", "stop", "berth-agent")).Failed();
        await GoneAsync("vm1");
        await AgentAsync("vm1");
        (await TryExecAsync("vm1", "systemctl", "stop", "berth-agent")).Failed();
        using var events = await Server.Api.EventsAsync("lifecycle", Cancellation);
        await Server.BerthAsync("stop", "vm1", "--timeout", "90");
        await events.LifecycleAsync("vm1", Cancellation, "instance-shutdown", "instance-stopped");
    }

    [Theory]
    [InlineData("limits.memory=1KiB")]
    [InlineData("limits.memory=900TiB")]
    [InlineData("limits.cpu=0-4096")]
    public async Task A_machine_that_cannot_be_is_refused(string config)
    {
        (await Server.TryBerthAsync("launch", DebianImage.Alias, "vm1", "--vm", "-c", config)).Failed(config.Split('=')[0]);
        Assert.NotEqual("Running", await Server.StatusAsync("vm1"));
    }

    private async Task ExecKeepsCodesAndStreamsAsync()
    {
        Assert.Equal(7, (await TryExecAsync("vm1", "sh", "-c", "exit 7")).ExitCode);
        Assert.Equal(127, (await TryExecAsync("vm1", "no-such-command")).ExitCode);
        var both = await TryExecAsync("vm1", "sh", "-c", "echo out; echo err >&2");
        Assert.Equal(("out\n", "err\n"), (both.Text, both.Error));
        var input = Server.BerthCommand("exec", "vm1", "--", "sha256sum") with { Input = (stream, c) => stream.WriteAsync(new byte[8 * MiB], c).AsTask() };
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(new byte[8 * MiB]));
        Assert.StartsWith(expected, (await input.RunAsync(Cancellation)).Succeeded().Text, StringComparison.Ordinal);
    }

    private async Task FilesGoInAndOutAsync()
    {
        var source = Path.Combine(Server.Place.Root, "push");
        await File.WriteAllTextAsync(source, "ahoy\n", Cancellation);
        await Server.BerthAsync("file", "push", "--mode", "0600", source, "vm1/root/note");
        Assert.Equal("600 ahoy", await ExecAsync("vm1", "sh", "-c", "echo $(stat -c %a /root/note) $(cat /root/note)"));
        await Server.BerthAsync("file", "pull", "vm1/root/note", source + ".back");
        Assert.Equal("ahoy\n", await File.ReadAllTextAsync(source + ".back", Cancellation));
        File.Delete(source);
        File.Delete(source + ".back");
    }

    private async Task StateIsTheGuestsAsync()
    {
        var state = await Server.Api.GetAsync("/1.0/instances/vm1/state", Cancellation);
        Assert.InRange(state.GetProperty("memory").GetProperty("usage").GetInt64(), 10 * MiB, 768 * MiB);
        Assert.InRange(state.GetProperty("processes").GetInt64(), 5, 500);
        var addresses = state.GetProperty("network").EnumerateObject().SelectMany(n => n.Value.GetProperty("addresses").EnumerateArray());
        Assert.Contains(addresses, a => a.GetProperty("family").GetString() == "inet" && a.GetProperty("scope").GetString() == "global");
    }

    /// <summary>Until the agent is known to be gone: it is still on its way out when the command that ends it has been ended.</summary>
    private async Task GoneAsync(string name)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        CommandResult result;
        do
        {
            result = await TryExecAsync(name, "true");
        }
        while (!result.Error.Contains("agent does not answer", StringComparison.Ordinal) && DateTime.UtcNow < deadline);
        result.Failed("agent does not answer");
    }

    private async Task LaunchMachineAsync(string name, params string[] options)
    {
        await Server.BerthAsync(["launch", DebianImage.Alias, name, "--vm", .. options]);
        await AgentAsync(name);
    }

    private static string Field(string[] status, string name) =>
        status.Single(l => l.StartsWith(name, StringComparison.Ordinal)).Split('\t', StringSplitOptions.RemoveEmptyEntries)[1];
}
