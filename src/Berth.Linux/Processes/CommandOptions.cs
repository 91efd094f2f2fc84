namespace Berth.Linux.Processes;

/// <summary>How <see cref="Spawner.RunAsync"/> runs a command.</summary>
public sealed record CommandOptions
{
    /// <summary>What the command reads; null: /dev/null. The stream is not disposed.</summary>
    public Stream? Stdin { get; init; }

    /// <summary>Bytes that the command reads instead of <see cref="Stdin"/>.</summary>
    public ReadOnlyMemory<byte>? StdinBytes { get; init; }

    /// <summary>Where its output goes instead of <see cref="CommandResult.Stdout"/>; not disposed, and without a size limit.</summary>
    public Stream? StdoutTo { get; init; }

    /// <summary>The whole environment; null: the daemon's own with LC_ALL=C, so that messages can be read.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Current directory; null: the daemon's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>After this the command's process group is killed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Most bytes that are kept of stdout, and of stderr; a command that writes more to stdout is killed, more stderr is dropped.</summary>
    public int MaxOutput { get; init; } = 16 << 20;
}
