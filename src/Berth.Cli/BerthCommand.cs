using System.CommandLine;

namespace Berth.Cli;

/// <summary>A command with examples in its help.</summary>
internal sealed class BerthCommand(string name, string description) : Command(name, description)
{
    /// <summary>Command lines, each optionally followed by <c># what it does</c>.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>More to say than the description's one line.</summary>
    public string Remarks { get; init; } = "";

    /// <summary>Other names of the command.</summary>
    public IReadOnlyList<string> Alternatives
    {
        init
        {
            foreach (var alias in value)
            {
                Aliases.Add(alias);
            }
        }
    }

    /// <summary>Adds an argument or option and hands the command back.</summary>
    public BerthCommand With(params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    Arguments.Add(argument);
                    break;
                case Option option:
                    Options.Add(option);
                    break;
                case Command command:
                    Subcommands.Add(command);
                    break;
            }
        }

        return this;
    }

    /// <summary>What the command does; the number is the exit code.</summary>
    public BerthCommand Runs(Func<Session, ParseResult, CancellationToken, Task<int>> action)
    {
        SetAction(async (result, cancellation) =>
        {
            using var session = Session.From(result);
            return await action(session, result, cancellation);
        });
        return this;
    }

    /// <summary>As the other <see cref="Runs(Func{Session, ParseResult, CancellationToken, Task{int}})"/>, ending with success unless it throws.</summary>
    public BerthCommand Runs(Func<Session, ParseResult, CancellationToken, Task> action) =>
        Runs(async (session, result, cancellation) =>
        {
            await action(session, result, cancellation);
            return ExitCodes.Ok;
        });
}
