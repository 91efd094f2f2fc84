using System.CommandLine;
using System.CommandLine.Parsing;
using Berth.Cli.Input;

namespace Berth.Cli;

/// <summary>A wrong command line, put into words.</summary>
internal static class Usage
{
    /// <summary>
    /// An unknown option of a command that takes any number of words would become one of them: words that look like options must stand
    /// behind <c>--</c>.
    /// </summary>
    public static CliException? UnknownOption(ParseResult result, string[] args)
    {
        var words = result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).ToArray();
        var separator = Array.IndexOf(args, "--");
        var free = separator < 0 ? words.Length : words.Length - (args.Length - separator - 1);
        var unknown = words.Take(free).FirstOrDefault(word => word.Value.Length > 1 && word.Value[0] == '-' && !char.IsAsciiDigit(word.Value[1]));
        return unknown is null ? null : Unknown(result, unknown.Value);
    }

    public static CliException Error(ParseResult result)
    {
        var command = result.CommandResult.Command;
        var path = PathOf(result.CommandResult);
        if (command.Subcommands.Count > 0)
        {
            return CliException.Usage(Subcommand(command, path, result.UnmatchedTokens));
        }

        if (result.UnmatchedTokens.FirstOrDefault(token => token.StartsWith('-') && token.Length > 1) is { } unknown)
        {
            return Unknown(result, unknown);
        }

        return CliException.Usage($"{Lower(result.Errors[0].Message)} See: {path} --help");
    }

    private static CliException Unknown(ParseResult result, string option)
    {
        var known = result.CommandResult.Command.Options.Concat(GlobalOptionsOf(result)).Where(o => !o.Hidden).SelectMany(o => o.Aliases.Append(o.Name));
        var close = Closest.To(option.Split('=')[0], known.Where(name => name.StartsWith("--", StringComparison.Ordinal)));
        return CliException.Usage(
            $"unknown option {option}{(close is null ? "." : $"; did you mean {close}?")} See: {PathOf(result.CommandResult)} --help");
    }

    private static string Subcommand(Command command, string path, IReadOnlyList<string> unmatched)
    {
        var names = command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).ToArray();
        if (unmatched.Count == 0)
        {
            return $"{path} needs one of: {string.Join(", ", names)}";
        }

        return Closest.To(unmatched[0], names) is { } close
            ? $"unknown command \"{unmatched[0]}\" for {path}; did you mean \"{close}\"?"
            : $"unknown command \"{unmatched[0]}\" for {path}; there are: {string.Join(", ", names)}";
    }

    private static IEnumerable<Option> GlobalOptionsOf(ParseResult result) => result.RootCommandResult.Command.Options;

    private static string PathOf(CommandResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            names.Push(command.Parent is null ? "berth" : command.Command.Name);
        }

        return string.Join(' ', names);
    }

    private static string Lower(string text) =>
        text.Length > 1 && char.IsUpper(text[0]) && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
