using System.Text;
using Berth.Core.Instances;

namespace Berth.Containers.Tests.Support;

/// <summary>What tests on real containers have in common. A container that a test leaves running is killed.</summary>
public abstract class ContainerTest(ContainerHost host) : IAsyncLifetime
{
    private readonly List<(RunSpec Spec, IRunningInstance Instance)> _started = [];

    protected ContainerHost Host { get; } = host;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected static TimeSpan Soon => TimeSpan.FromSeconds(30);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var (_, instance) in _started)
        {
            if (!instance.Exited.IsCompleted)
            {
                await instance.KillAsync(CancellationToken.None).WaitAsync(Soon, CancellationToken.None);
            }

            await instance.DisposeAsync();
        }
    }

    protected async Task<IRunningInstance> StartAsync(RunSpec spec)
    {
        var instance = await Host.StartAsync(spec);
        Track(spec, instance);
        return instance;
    }

    /// <summary>Starts a busybox and waits for its init to have run.</summary>
    protected async Task<IRunningInstance> StartReadyAsync(RunSpec? spec = null)
    {
        var instance = await StartAsync(spec ?? Host.Spec());
        await ReadyAsync(instance);
        return instance;
    }

    protected static async Task ReadyAsync(IRunningInstance instance) =>
        Assert.Equal(0, (await RunAsync(instance, "sh", "-c", "until [ -e /run/ready ]; do sleep 0.05; done")).Code);

    protected void Track(RunSpec spec, IRunningInstance instance) => _started.Add((spec, instance));

    protected void Forget(IRunningInstance instance) => _started.RemoveAll(s => s.Instance == instance);

    protected static Task<Output> RunAsync(IRunningInstance instance, params string[] command) =>
        RunAsync(instance, new ExecSpec { Command = [.. command] });

    protected static async Task<Output> RunAsync(IRunningInstance instance, ExecSpec spec, byte[]? input = null)
    {
        await using var process = await instance.ExecAsync(spec, Cancel);
        var output = ReadAllAsync(process.Output);
        var error = process.Error is null ? Task.FromResult<byte[]>([]) : ReadAllAsync(process.Error);
        if (input is not null)
        {
            await process.Input.WriteAsync(input, Cancel);
        }

        await process.Input.DisposeAsync();
        var code = await process.ExitCode.WaitAsync(Soon, Cancel);
        return new(code, Encoding.UTF8.GetString(await output), Encoding.UTF8.GetString(await error));
    }

    protected static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Cancel).WaitAsync(Soon, Cancel);
        return all.ToArray();
    }

    /// <summary>Reads until a text has come.</summary>
    protected static async Task<string> ReadUntilAsync(Stream stream, string text)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Soon);
        var all = new StringBuilder();
        var buffer = new byte[4096];
        while (!all.ToString().Contains(text, StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, deadline.Token);
            Assert.True(read > 0, $"Ended before \"{text}\": {all}");
            all.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return all.ToString();
    }

    public sealed record Output(int Code, string Stdout, string Stderr);
}
