using Berth.Core;
using Berth.Core.Instances;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;

namespace Berth.Machines.Agent;

/// <summary>A program that the agent runs.</summary>
internal sealed class AgentExec : IExecProcess
{
    private readonly GuestChannel _channel;

    private AgentExec(GuestChannel channel, bool terminal)
    {
        _channel = channel;
        Error = terminal ? null : channel.Input(2);
        ExitCode = WaitAsync();
        // Not every caller asks for the code of a program whose machine went away.
        _ = ExitCode.ContinueWith(static task => task.Exception, TaskContinuationOptions.OnlyOnFaulted);
    }

    public Stream Input => _channel.Output(0);

    public Stream Output => _channel.Input(1);

    public Stream? Error { get; }

    public Task<int> ExitCode { get; }

    public static async Task<AgentExec> StartAsync(AgentClient agent, ExecSpec spec, TimeSpan patience, CancellationToken cancel)
    {
        var request = new ExecRequest
        {
            Command = [.. spec.Command],
            Environment = new Dictionary<string, string>(spec.Environment),
            Uid = spec.Uid,
            Gid = spec.Gid,
            WorkingDirectory = spec.WorkingDirectory,
            Terminal = spec.Terminal is { } size ? new TerminalSize(size.Columns, size.Rows) : null,
        };
        return new AgentExec(await AgentStart.OpenAsync(agent, request, patience, cancel), spec.Terminal is not null);
    }

    public async Task ResizeAsync(int columns, int rows, CancellationToken cancel) =>
        await SendAsync(new ResizeControl(columns, rows), cancel);

    public async Task SignalAsync(int signal, CancellationToken cancel) => await SendAsync(new SignalControl(signal), cancel);

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    // What has ended takes neither signals nor sizes; its exit code says so.
    private async Task SendAsync(GuestControl control, CancellationToken cancel)
    {
        if (!_channel.Done.IsCompleted)
        {
            try
            {
                await _channel.SendControlAsync(control, cancel);
            }
            catch (IOException e)
            {
                throw AgentErrors.Lost(e);
            }
        }
    }

    private async Task<int> WaitAsync()
    {
        await foreach (var control in _channel.Controls.ReadAllAsync())
        {
            if (control is ExitedControl exited)
            {
                return exited.ExitCode;
            }
        }
        await AgentErrors.ThrowIfFailedAsync(_channel.Done, CancellationToken.None);
        throw BerthException.Internal("The machine's agent ended the command without an exit code.");
    }
}
