using System.Text;
using Berth.Containers.Tests.Support;

namespace Berth.Containers.Tests;

public sealed class ConsoleTests(ContainerHost host) : ContainerTest(host)
{
    [Fact]
    public async Task ASecondOneTakesOver()
    {
        var instance = await StartReadyAsync();
        var first = await instance.OpenConsoleAsync(Cancel);
        await first.Input.WriteAsync("echo first-$((1+1))\n"u8.ToArray(), Cancel);
        await ReadUntilAsync(first.Output, "first-2");
        await using var second = await instance.OpenConsoleAsync(Cancel);
        await second.Input.WriteAsync("echo second-$((2+2))\n"u8.ToArray(), Cancel);
        await ReadUntilAsync(second.Output, "second-4");
        await Assert.ThrowsAnyAsync<Exception>(async () => Assert.NotEqual(0, await first.Output.ReadAsync(new byte[10], Cancel)));
        await first.DisposeAsync();
        await second.Input.WriteAsync("echo third-$((3+3))\n"u8.ToArray(), Cancel);
        await ReadUntilAsync(second.Output, "third-6");
    }

    [Fact]
    public async Task WhatWasPrintedIsKeptAndBounded()
    {
        var instance = await StartReadyAsync();
        Assert.Equal(0, (await RunAsync(instance, "sh", "-c", "yes 0123456789abcdef | head -c 3000000 > /dev/console; echo the-end > /dev/console")).Code);
        await using (var console = await instance.OpenConsoleAsync(Cancel))
        {
            await console.Input.WriteAsync("echo flushed-$((1+1))\n"u8.ToArray(), Cancel);
            await ReadUntilAsync(console.Output, "flushed-2");
        }

        var log = await instance.ReadConsoleLogAsync(Cancel);
        Assert.InRange(log.Length, 100_000, 1 << 20);
        Assert.Contains("the-end", Encoding.UTF8.GetString(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AContainerThatEndsEndsItsConsole()
    {
        var instance = await StartReadyAsync();
        await using var console = await instance.OpenConsoleAsync(Cancel);
        await instance.KillAsync(Cancel);
        await ReadAllAsync(console.Output);
    }
}
