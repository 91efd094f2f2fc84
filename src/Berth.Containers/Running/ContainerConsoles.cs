using System.Globalization;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Events;
using Berth.Linux.Processes;
using Berth.Linux.Terminals;

namespace Berth.Containers.Running;

/// <summary>
/// The console of one container. The monitor keeps it and its log, so both survive the daemon; a helper process holds the
/// connection of whoever is attached. A second one takes over.
/// </summary>
internal sealed class ContainerConsoles(ContainerPaths paths, LxcProgram program)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _attaching = new(1, 1);
    private Session? _present;

    public async Task<IConsole> OpenAsync(CancellationToken cancel)
    {
        await _attaching.WaitAsync(cancel);
        try
        {
            if (_present is { } present)
            {
                await present.DisposeAsync();
            }

            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(Deadline);
            return _present = await ConnectAsync(deadline.Token);
        }
        finally
        {
            _attaching.Release();
        }
    }

    private async Task<Session> ConnectAsync(CancellationToken cancel)
    {
        var (holdRead, holdWrite) = Fd.Pipe();
        var (sayRead, sayWrite) = Fd.Pipe();
        await using var say = new ReactorStream(sayRead, FileAccess.Read);
        ChildProcess child;
        using (holdRead)
        using (sayWrite)
        {
            child = Spawner.Start(new()
            {
                Argv = program.With(LxcCalls.Console, paths.LxcPath, paths.Name),
                Environment = LxcProgram.Environment,
                Fds = new Dictionary<int, System.Runtime.InteropServices.SafeHandle> { [0] = holdRead, [1] = sayWrite },
            });
        }

        try
        {
            using var reader = new StreamReader(say, leaveOpen: true);
            if (!int.TryParse(await reader.ReadLineAsync(cancel), CultureInfo.InvariantCulture, out var number))
            {
                throw BerthException.Conflict($"The console of {paths.Name} cannot be had; another program may hold it");
            }

            var master = child.PidFd.CopyFd(number);
            Fd.SetNonBlocking(master, true);
            return new(child, holdWrite, new ReactorStream(master, FileAccess.ReadWrite));
        }
        catch
        {
            holdWrite.Dispose();
            child.Kill();
            throw;
        }
    }

    private sealed class Session(ChildProcess holder, IDisposable hold, ReactorStream master) : IConsole
    {
        public Stream Input => master;

        public Stream Output => master;

        public Task ResizeAsync(int columns, int rows, CancellationToken cancel)
        {
            Terminal.SetWindowSize(master.Handle, new((ushort)columns, (ushort)rows));
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            await master.DisposeAsync();
            hold.Dispose();
            await holder.Exited;
        }
    }
}
