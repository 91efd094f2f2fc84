using System.Runtime.InteropServices;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Cgroups;
using Berth.Linux.Events;
using Berth.Linux.Files;
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

    public static async Task<ContainerExec> StartAsync(
        LxcProgram program, ContainerPaths paths, Cgroup cgroup, RunSpec instance, ExecSpec spec, PidFd init, CancellationToken cancel)
    {
        using var root = InitRoot.Open(init, instance.Id);
        var request = Request(cgroup.Child(ContainerPaths.PayloadCgroup), instance, spec, ContainerUser.Find(root, spec.Uid));
        var refused = ProcessesRefused(cgroup);
        var (statusRead, statusWrite) = Fd.Pipe();
        var (requestRead, requestWrite) = Fd.Pipe();
        await using var status = new ReactorStream(statusRead, FileAccess.Read);
        await using var requests = new ReactorStream(requestWrite, FileAccess.Write);
        using var streams = spec.Terminal is { } size ? ExecStreams.Terminal(root, size) : ExecStreams.Pipes();
        ChildProcess child;
        using (statusWrite)
        using (requestRead)
        {
            child = Spawner.Start(new()
            {
                Argv = program.With(LxcCalls.Exec, paths.LxcPath, paths.Name),
                Environment = LxcProgram.Environment,
                Fds = new Dictionary<int, SafeHandle>(streams.ForChild) { [LxcCalls.StatusFd] = statusWrite, [LxcCalls.RequestFd] = requestRead },
                NewSession = true,
                ControllingTerminal = spec.Terminal is not null,
            });
            streams.CloseChildSide();
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(AttachDeadline);
        try
        {
            await SendAsync(requests, request, deadline.Token);
            var pid = await ReadPidAsync(status, deadline.Token)
                ?? throw NotAttached(instance.Id, cgroup, refused, paths, await child.Exited.WaitAsync(deadline.Token));
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

    private static BerthException NotAttached(InstanceId id, Cgroup cgroup, long refusedBefore, ContainerPaths paths, ExitStatus status) =>
        ProcessesRefused(cgroup) > refusedBefore
            ? BerthException.Conflict($"No command could be started in {id}: it has as many processes as it may have. Raise limits.processes, or end some")
            : BerthException.Internal($"No command could be started in {id}: attaching failed ({status}); see {paths.LxcLog}");

    private static long ProcessesRefused(Cgroup cgroup) => cgroup.PidsRefused() + cgroup.Child(ContainerPaths.PayloadCgroup).PidsRefused();

    private static async Task SendAsync(ReactorStream pipe, ExecRequest request, CancellationToken cancel)
    {
        try
        {
            await pipe.WriteAsync(request.ToBytes(), cancel);
        }
        catch (LinuxException e) when (e.Errno == Errno.EPIPE)
        {
            // The helper has ended; that no process id comes tells why.
        }

        await pipe.DisposeAsync();
    }

    private static ExecRequest Request(Cgroup payload, RunSpec instance, ExecSpec spec, ContainerUser user) => new(
        spec.Uid, spec.Gid, spec.WorkingDirectory ?? user.Home, EnteredGroup(payload), [.. payload.LegacyDirectories],
        [.. spec.Command], [.. Environment(instance, spec, user).Select(e => $"{e.Key}={e.Value}")]);

    private static string EnteredGroup(Cgroup payload)
    {
        if (payload.Child(ContainerPaths.ExecCgroup).UnifiedDirectory is not { } directory)
        {
            return "";
        }

        try
        {
            FileOperations.MakeDirectory(directory, 0x1ED); // 0755
        }
        catch (LinuxException e) when (e.Errno == Errno.EEXIST)
        {
            // From an earlier command.
        }

        return directory;
    }

    private static SortedDictionary<string, string> Environment(RunSpec instance, ExecSpec spec, ContainerUser user)
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

        return environment;
    }
}
