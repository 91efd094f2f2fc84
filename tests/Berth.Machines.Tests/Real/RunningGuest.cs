using System.Diagnostics;
using Berth.Core.Instances;
using Xunit.Sdk;

namespace Berth.Machines.Tests.Real;

/// <summary>A booted machine that several tests share.</summary>
public sealed class RunningGuest(GuestImage image) : IAsyncLifetime
{
    private TestMachine? _machine;

    public TimeSpan CpuRunning { get; private set; }

    public TimeSpan AgentAnswering { get; private set; }

    public RunSpec Spec => _machine!.Spec;

    public MachineInstance Machine => _machine!.Instance!;

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        _machine = await TestMachine.CreateAsync(image, cancel);
        var clock = Stopwatch.StartNew();
        await _machine.StartAsync(cancel);
        CpuRunning = clock.Elapsed;
        try
        {
            await Machine.WaitForAgentAsync(TimeSpan.FromMinutes(4), cancel);
        }
        catch (Core.BerthException e)
        {
            var log = System.Text.Encoding.UTF8.GetString(await Machine.ReadConsoleLogAsync(cancel));
            throw new XunitException(e.Message + "\n" + log);
        }
        AgentAnswering = clock.Elapsed;
    }

    public async Task<(int Code, string Output, string Error)> RunAsync(string[] command, Func<ExecSpec, ExecSpec>? change = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        var spec = new ExecSpec { Command = [.. command] };
        await using var process = await Machine.ExecAsync(change?.Invoke(spec) ?? spec, cancel);
        await process.Input.DisposeAsync();
        using var output = new StreamReader(process.Output);
        using var error = new StreamReader(process.Error!);
        var texts = await Task.WhenAll(output.ReadToEndAsync(cancel), error.ReadToEndAsync(cancel));
        return (await process.ExitCode.WaitAsync(cancel), texts[0], texts[1]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
        {
            await _machine.DisposeAsync();
        }
    }
}
