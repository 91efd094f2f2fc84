using Berth.Containers.Tests.Support;

namespace Berth.Containers.Tests;

/// <summary>A daemon that was killed leaves no more behind than one that let go of its containers: the next one finds them.</summary>
public sealed class AdoptTests(ContainerHost host) : ContainerTest(host)
{
    [Fact]
    public async Task ANewDaemonHasFullUse()
    {
        var spec = Host.Spec();
        var before = await StartReadyAsync(spec);
        await before.FreezeAsync(Cancel);
        await before.ThawAsync(Cancel);
        Forget(before);
        await before.DisposeAsync();

        var after = await ContainerHost.NewEngine().AdoptAsync(spec, Cancel);
        Assert.NotNull(after);
        Track(spec, after);
        Assert.Equal(before.Pid, after.Pid);
        Assert.Equal(0, (await RunAsync(after, "true")).Code);
        Assert.Contains(await after.Files.ListAsync("/etc", Cancel), e => e.Name == "inittab");
        Assert.Contains(BusyboxImage.Ready, System.Text.Encoding.UTF8.GetString(await after.ReadConsoleLogAsync(Cancel)), StringComparison.Ordinal);
        await using (var console = await after.OpenConsoleAsync(Cancel))
        {
            await console.Input.WriteAsync("echo here-$((40+2))\n"u8.ToArray(), Cancel);
            await ReadUntilAsync(console.Output, "here-42");
        }

        await after.FreezeAsync(Cancel);
        await after.KillAsync(Cancel).WaitAsync(Soon, Cancel);
        Assert.Empty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
    }

    [Fact]
    public async Task ItRebootsWithoutADaemonAndIsFoundInTheMiddleOfIt()
    {
        var spec = Host.Spec();
        var before = await StartReadyAsync(spec);
        var init = before.Pid;
        Forget(before);
        using var old = Linux.Processes.PidFd.Open(init);
        var reboot = await before.ExecAsync(new() { Command = ["reboot", "-f"] }, Cancel);
        await before.DisposeAsync();
        await old.WaitAsync(Cancel);
        var after = await ContainerHost.NewEngine().AdoptAsync(spec, Cancel);
        await reboot.DisposeAsync();
        Assert.NotNull(after);
        Track(spec, after);
        Assert.NotEqual(init, after.Pid);
        Assert.Equal(0, (await RunAsync(after, "true")).Code);
    }

    [Fact]
    public async Task AFrozenOneIsKnownToBe()
    {
        var spec = Host.Spec();
        var before = await StartReadyAsync(spec);
        await before.FreezeAsync(Cancel);
        Forget(before);
        await before.DisposeAsync();
        var after = await ContainerHost.NewEngine().AdoptAsync(spec, Cancel);
        Assert.NotNull(after);
        Track(spec, after);
        Assert.True(after.Frozen);
    }

    [Fact]
    public async Task AContainerThatEndedMeanwhileIsCleanedUp()
    {
        var spec = Host.Spec();
        var before = await StartReadyAsync(spec);
        using var init = Linux.Processes.PidFd.Open(before.Pid);
        Forget(before);
        await before.DisposeAsync();
        init.Send(Linux.Processes.Signal.SIGKILL);
        await init.WaitAsync(Cancel);
        Assert.Null(await ContainerHost.NewEngine().AdoptAsync(spec, Cancel));
        Assert.Empty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
        Assert.Empty(Directory.GetFileSystemEntries(spec.RuntimeDirectory));
        await StartReadyAsync(spec);
    }

    [Fact]
    public async Task AnotherProcessWithTheNumberIsNotTheMonitor()
    {
        var spec = Host.Spec();
        var paths = ContainerPaths.Of(spec);
        new ContainerState(Environment.ProcessId, ContainerState.StartTime(Environment.ProcessId), 1).Write(paths.State);
        Assert.Null(await Host.Engine.AdoptAsync(spec, Cancel));
        File.WriteAllText(paths.State, "{\"Monit");
        Assert.Null(await Host.Engine.AdoptAsync(spec, Cancel));
        Assert.False(File.Exists(paths.State));
    }
}
