namespace Berth.Linux.Processes;

/// <summary>A command failed, ran into its deadline or wrote too much.</summary>
public sealed class CommandException : IOException
{
    private const int Tail = 1000;

    internal CommandException(IReadOnlyList<string> argv, string reason, CommandResult? result)
        : base(Text(argv, reason, result?.Stderr))
    {
        Argv = argv;
        Result = result;
    }

    /// <summary>The command.</summary>
    public IReadOnlyList<string> Argv { get; }

    /// <summary>What it left behind; null when it was killed.</summary>
    public CommandResult? Result { get; }

    private static string Text(IReadOnlyList<string> argv, string reason, string? stderr)
    {
        var command = string.Join(' ', argv);
        var tail = stderr?.Trim() ?? "";
        tail = tail.Length > Tail ? "…" + tail[^Tail..] : tail;
        return tail.Length == 0 ? $"{command}: {reason}" : $"{command}: {reason}: {tail}";
    }
}
