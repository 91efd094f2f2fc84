using Berth.Containers.Tests.Support;
using Berth.Core.Instances;

namespace Berth.Containers.Tests;

public sealed class LifecycleTests(ContainerHost host) : ContainerTest(host)
{
    [Fact]
    public async Task StartsAndIsKilledWithoutLeavingAnything()
    {
        var spec = Host.Spec();
        var instance = await StartReadyAsync(spec);
        Assert.NotEmpty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
        await instance.KillAsync(Cancel).WaitAsync(Soon, Cancel);
        Assert.Equal(StopReason.Stopped, await instance.Exited);
        Assert.Empty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
        Assert.Empty(HostTraces.Of(spec.Nics[0].HostName));
        Assert.True(Directory.Exists($"{Host.Directory}/{spec.Id.Name}/upper"));
        Assert.Empty(Directory.GetFileSystemEntries(spec.RuntimeDirectory));
    }

    [Fact]
    public async Task KeepsWhatWasWrittenOverARestart()
    {
        var spec = Host.Spec();
        var instance = await StartReadyAsync(spec);
        Assert.Equal(0, (await RunAsync(instance, "sh", "-c", "echo kept > /root/kept")).Code);
        await instance.KillAsync(Cancel);
        instance = await StartReadyAsync(spec);
        Assert.Equal("kept\n", (await RunAsync(instance, "cat", "/root/kept")).Stdout);
    }

    [Fact]
    public async Task PowersOffWhenAsked()
    {
        var instance = await StartReadyAsync();
        await instance.ShutdownAsync(Cancel).WaitAsync(Soon, Cancel);
        Assert.Equal(StopReason.Stopped, await instance.Exited.WaitAsync(Soon, Cancel));
    }

    [Fact]
    public async Task PowersOffFromInside()
    {
        var instance = await StartReadyAsync();
        await RunAsync(instance, "poweroff", "-f");
        Assert.Equal(StopReason.Stopped, await instance.Exited.WaitAsync(Soon, Cancel));
    }

    [Fact]
    public async Task RebootsFromInsideAndIsFollowed()
    {
        // Without a network liblxc takes the control groups away soonest: nothing of a command may be in them by then.
        var spec = Host.Spec(network: false);
        var instance = await StartReadyAsync(spec);
        for (var i = 0; i < 8; i++)
        {
            var init = instance.Pid;
            var commands = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => instance.ExecAsync(new() { Command = ["sleep", "1000"] }, Cancel)));
            Assert.Equal(0, (await RunAsync(instance, "rm", "/run/ready")).Code);
            await using (await instance.ExecAsync(new() { Command = ["reboot", "-f"] }, Cancel))
            {
                using var changed = new CancellationTokenSource(Soon);
                while (instance.Pid == init)
                {
                    changed.Token.ThrowIfCancellationRequested();
                    await Task.Yield();
                }
            }

            Assert.False(instance.Exited.IsCompleted);
            foreach (var command in commands)
            {
                Assert.Equal(137, await command.ExitCode.WaitAsync(Soon, Cancel));
                await command.DisposeAsync();
            }

            await ReadyAsync(instance);
        }

        await instance.KillAsync(Cancel);
        Assert.Empty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
    }

    [Fact]
    public async Task FreezesThawsAndIsKilledFrozen()
    {
        var instance = await StartReadyAsync();
        await instance.FreezeAsync(Cancel);
        Assert.True(instance.Frozen);
        await instance.ThawAsync(Cancel);
        Assert.False(instance.Frozen);
        Assert.Equal(0, (await RunAsync(instance, "true")).Code);
        await instance.FreezeAsync(Cancel);
        Assert.Equal(Core.ErrorKind.Conflict, (await Assert.ThrowsAsync<Core.BerthException>(() => RunAsync(instance, "true"))).Kind);
        await instance.KillAsync(Cancel).WaitAsync(Soon, Cancel);
        Assert.True(instance.Exited.IsCompleted);
    }

    [Fact]
    public async Task AHungInitIsKilled()
    {
        var instance = await StartAsync(Host.Spec(Host.Hung));
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await instance.ShutdownAsync(patience.Token);
            await instance.Exited.WaitAsync(patience.Token);
        });
        await instance.KillAsync(Cancel).WaitAsync(Soon, Cancel);
        Assert.True(instance.Exited.IsCompleted);
    }

    [Fact]
    public async Task AHungMonitorIsKilledToo()
    {
        var spec = Host.Spec();
        var instance = await StartReadyAsync(spec);
        using (var monitor = Linux.Processes.PidFd.Open(ContainerState.Read(ContainerPaths.Of(spec).State)!.MonitorPid))
        {
            monitor.Send(Linux.Processes.Signal.SIGSTOP);
        }

        await instance.KillAsync(Cancel).WaitAsync(Soon, Cancel);
        Assert.Empty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
    }

    [Fact]
    public async Task AMonitorThatIsKilledTakesTheContainerAlong()
    {
        var spec = Host.Spec();
        var instance = await StartReadyAsync(spec);
        using (var monitor = Linux.Processes.PidFd.Open(ContainerState.Read(ContainerPaths.Of(spec).State)!.MonitorPid))
        {
            monitor.Send(Linux.Processes.Signal.SIGKILL);
        }

        await instance.Exited.WaitAsync(Soon, Cancel);
        Assert.Empty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
        await StartReadyAsync(spec);
    }

    [Fact]
    public async Task ItIsNotStartedTwice()
    {
        var spec = Host.Spec();
        var instance = await StartReadyAsync(spec);
        var error = await Assert.ThrowsAsync<Core.BerthException>(() => Host.StartAsync(spec));
        Assert.Equal(Core.ErrorKind.Conflict, error.Kind);
        Assert.Equal(0, (await RunAsync(instance, "true")).Code);
    }

    [Fact]
    public async Task TwentyAtOnce()
    {
        var instances = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => StartAsync(Host.Spec())));
        var codes = await Task.WhenAll(instances.Select(i => RunAsync(i, "true")));
        Assert.All(codes, c => Assert.Equal(0, c.Code));
        await Task.WhenAll(instances.Select(i => i.KillAsync(Cancel))).WaitAsync(Soon, Cancel);
    }

    [Fact]
    public async Task AFailedStartLeavesNothingAndSaysWhy()
    {
        var spec = Host.Spec();
        spec = spec with { Nics = [spec.Nics[0] with { Bridge = "no-such-bridge" }] };
        var error = await Assert.ThrowsAsync<Core.BerthException>(() => StartAsync(spec));
        Assert.Contains("no-such-bridge", error.Message, StringComparison.Ordinal);
        Assert.Empty(HostTraces.Of($"{Host.Mark}/{spec.Id.Name}"));
    }
}
