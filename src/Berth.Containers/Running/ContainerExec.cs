using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Events;
using Berth.Linux.Processes;
using Berth.Linux.Terminals;

namespace Berth.Containers.Running;

/// <summary>A command in a container: a helper process attaches, and the command has our pipes or a terminal of the container's own devpts.</summary>
internal sealed class ContainerExec : IExecProcess
{
    private static readonly TimeSpan AttachDeadline = TimeSpan.FromSeconds(10);

    private readonly ChildProcess _helper;
    private readonly PidFd? _command;
    private readonly Pty? _terminal;

    private ContainerExec(ChildProcess helper, PidFd? command, Pty? terminal, Stream input, Stream output, Stream? error)
    {
        _helper = helper;
        _command = command;
        _terminal = terminal;
        Input = input;
        Output = output;
        Error = error;
        ExitCode = WaitAsync();
    }

    public Stream Input { get; }

    public Stream Output { get; }

    public Stream? Error { get; }

    public Task<int> ExitCode { get; }

    public static async Task<ContainerExec> StartAsync(LxcProgram program, ContainerPaths paths, RunSpec instance, ExecSpec spec, PidFd init, CancellationToken cancel)
    {
        using var root = InitRoot.Open(init, instance.Id);
        var user = ContainerUser.Find(root, spec.Uid);
        var words = program.With(
        [
            LxcCalls.Exec, paths.LxcPath, paths.Name,
            spec.Uid.ToString(CultureInfo.InvariantCulture), spec.Gid.ToString(CultureInfo.InvariantCulture),
            spec.WorkingDirectory ?? user.Home, .. spec.Command,
        ]);
        var (statusRead, statusWrite) = Fd.Pipe();
        var (environmentRead, environmentWrite) = Fd.Pipe();
        await using var status = new ReactorStream(statusRead, FileAccess.Read);
        await using var environment = new ReactorStream(environmentWrite, FileAccess.Write);
        using var streams = spec.Terminal is { } size ? ExecStreams.Terminal(root, size) : ExecStreams.Pipes();
        ChildProcess child;
        using (statusWrite)
        using (environmentRead)
        {
            child = Spawner.Start(new()
            {
                Argv = words,
                Environment = LxcProgram.Environment,
                Fds = new Dictionary<int, SafeHandle>(streams.ForChild) { [LxcCalls.StatusFd] = statusWrite, [LxcCalls.EnvironmentFd] = environmentRead },
                NewSession = true,
                ControllingTerminal = spec.Terminal is not null,
            });
            streams.CloseChildSide();
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(AttachDeadline);
        try
        {
            await SendEnvironmentAsync(environment, instance, spec, user, deadline.Token);
            var pid = await ReadPidAsync(status, deadline.Token)
                ?? throw BerthException.Internal($"No command could be started in {instance.Id}: attaching failed ({await child.Exited.WaitAsync(deadline.Token)}); see {paths.LxcLog}");
            var (input, output, error) = streams.Take();
            return new(child, PidFd.TryOpen(pid), streams.TakeTerminal(), input, output, error);
        }
        catch (Exception e)
        {
            child.Kill();
            if (e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                throw new BerthException(ErrorKind.Timeout, $"No command could be started in {instance.Id} within {AttachDeadline.TotalSeconds:0} s: it may hang or be frozen");
            }

            throw;
        }
    }

    public Task ResizeAsync(int columns, int rows, CancellationToken cancel)
    {
        if (_terminal is { } terminal)
        {
            terminal.WindowSize = new((ushort)columns, (ushort)rows);
        }

        return Task.CompletedTask;
    }

    public Task SignalAsync(int signal, CancellationToken cancel)
    {
        _ = _command?.Send(signal);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _command?.Send(Signal.SIGKILL);
        _helper.Kill();
        await Input.DisposeAsync();
        await Output.DisposeAsync();
        if (Error is not null)
        {
            await Error.DisposeAsync();
        }

        _terminal?.Dispose();
        _command?.Dispose();
    }

    private async Task<int> WaitAsync() => (await _helper.Exited).Code;

    private static async Task<int?> ReadPidAsync(ReactorStream status, CancellationToken cancel)
    {
        var bytes = new byte[sizeof(int)];
        return await status.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel) == bytes.Length ? BitConverter.ToInt32(bytes) : null;
    }

    private static async Task SendEnvironmentAsync(ReactorStream pipe, RunSpec instance, ExecSpec spec, ContainerUser user, CancellationToken cancel)
    {
        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Lxc.LxcConfig.DefaultPath,
            ["HOME"] = user.Home,
            ["USER"] = user.Name,
            ["LANG"] = "C.UTF-8",
        };
        if (spec.Terminal is not null)
        {
            environment["TERM"] = "xterm";
        }

        foreach (var (name, value) in instance.Environment.Concat(spec.Environment))
        {
            environment[name] = value;
        }

        var text = string.Concat(environment.Select(e => $"{e.Key}={e.Value}\0"));
        try
        {
            await pipe.WriteAsync(Encoding.UTF8.GetBytes(text), cancel);
        }
        catch (LinuxException e) when (e.Errno == Errno.EPIPE)
        {
            // The helper has ended; that no process id comes tells why.
        }

        await pipe.DisposeAsync();
    }
}
