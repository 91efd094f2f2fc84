using Berth.Linux.Processes;

namespace Berth.Agent;

/// <summary>A running program and the agent's ends of its streams.</summary>
internal abstract class ExecStreams(ChildProcess child) : IAsyncDisposable
{
    public ChildProcess Child { get; } = child;

    public abstract Stream Input { get; }

    public abstract Stream Output { get; }

    public abstract Stream? Error { get; }

    public abstract ValueTask EndInputAsync();

    public abstract void Resize(int columns, int rows);

    public abstract ValueTask DisposeAsync();
}
