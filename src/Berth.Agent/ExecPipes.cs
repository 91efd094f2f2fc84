using System.Runtime.InteropServices;
using Berth.Linux;
using Berth.Linux.Events;
using Berth.Linux.Processes;

namespace Berth.Agent;

/// <summary>A program on three pipes.</summary>
internal sealed class ExecPipes : ExecStreams
{
    private readonly ReactorStream _input;
    private readonly ReactorStream _output;
    private readonly ReactorStream _error;

    private ExecPipes(ChildProcess child, SafeHandle input, SafeHandle output, SafeHandle error)
        : base(child)
    {
        _input = new ReactorStream(input, FileAccess.Write);
        _output = new ReactorStream(output, FileAccess.Read);
        _error = new ReactorStream(error, FileAccess.Read);
    }

    public override Stream Input => _input;

    public override Stream Output => _output;

    public override Stream Error => _error;

    public static ExecPipes Start(ExecPlan plan)
    {
        var (inputRead, inputWrite) = Fd.Pipe();
        var (outputRead, outputWrite) = Fd.Pipe();
        var (errorRead, errorWrite) = Fd.Pipe();
        using (inputRead)
        using (outputWrite)
        using (errorWrite)
        {
            try
            {
                var child = Spawner.Start(new SpawnOptions
                {
                    Argv = plan.Argv,
                    Environment = plan.Environment,
                    WorkingDirectory = plan.Directory,
                    NewSession = true,
                    Fds = new Dictionary<int, SafeHandle> { [0] = inputRead, [1] = outputWrite, [2] = errorWrite },
                });
                return new ExecPipes(child, inputWrite, outputRead, errorRead);
            }
            catch
            {
                inputWrite.Dispose();
                outputRead.Dispose();
                errorRead.Dispose();
                throw;
            }
        }
    }

    public override ValueTask EndInputAsync() => _input.DisposeAsync();

    public override void Resize(int columns, int rows)
    {
        // Pipes have no size.
    }

    public override async ValueTask DisposeAsync()
    {
        await _input.DisposeAsync();
        await _output.DisposeAsync();
        await _error.DisposeAsync();
    }
}
