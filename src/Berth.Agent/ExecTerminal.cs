using System.Runtime.InteropServices;
using Berth.Guest.Messages;
using Berth.Linux.Processes;
using Berth.Linux.Terminals;

namespace Berth.Agent;

/// <summary>A program on a terminal of its own.</summary>
internal sealed class ExecTerminal : ExecStreams
{
    /// <summary>What a user types for end of file (VEOF, ^D).</summary>
    private static readonly byte[] s_endOfFile = [4];

    private readonly Pty _pty;

    private ExecTerminal(ChildProcess child, Pty pty)
        : base(child) => _pty = pty;

    public override Stream Input => _pty.Master;

    public override Stream Output => _pty.Master;

    public override Stream? Error => null;

    public static ExecTerminal Start(ExecPlan plan, TerminalSize size)
    {
        var pty = Pty.Open(Window(size.Columns, size.Rows));
        try
        {
            var child = Spawner.Start(new SpawnOptions
            {
                Argv = plan.Argv,
                Environment = plan.Environment,
                WorkingDirectory = plan.Directory,
                ControllingTerminal = true,
                Fds = new Dictionary<int, SafeHandle> { [0] = pty.Slave, [1] = pty.Slave, [2] = pty.Slave },
            });

            // With the last slave here closed, the master ends when the program's side does.
            pty.Slave.Dispose();
            return new ExecTerminal(child, pty);
        }
        catch
        {
            pty.Dispose();
            throw;
        }
    }

    public override ValueTask EndInputAsync() => _pty.Master.WriteAsync(s_endOfFile);

    public override void Resize(int columns, int rows) => _pty.WindowSize = Window(columns, rows);

    public override ValueTask DisposeAsync()
    {
        _pty.Dispose();
        return ValueTask.CompletedTask;
    }

    private static WindowSize Window(int columns, int rows) =>
        new((ushort)Math.Clamp(columns, 0, ushort.MaxValue), (ushort)Math.Clamp(rows, 0, ushort.MaxValue));
}
