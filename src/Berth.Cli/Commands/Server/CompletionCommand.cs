using System.CommandLine;

namespace Berth.Cli.Commands.Server;

/// <summary><c>berth completion</c>: scripts for the shells, which ask <c>berth __complete</c> for the words.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # bash completion for berth; load it with: source <(berth completion bash)
        _berth() {
            local IFS=$'\n'
            COMPREPLY=()
            local word
            while read -r word; do
                [[ -n $word ]] && COMPREPLY+=("$word")
            done < <(berth __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
                compopt -o default 2>/dev/null
            fi
        }
        COMP_WORDBREAKS=${COMP_WORDBREAKS//:/}
        complete -F _berth berth

        """;

    private const string Zsh = """
        #compdef berth
        # zsh completion for berth; load it with: source <(berth completion zsh)
        _berth() {
            local -a found
            found=("${(@f)$(berth __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            if [[ -n ${found[1]} ]]; then
                compadd -a found
            else
                _files
            fi
        }
        compdef _berth berth

        """;

    private const string Fish = """
        # fish completion for berth; load it with: berth completion fish | source
        function __berth_complete
            set -l words (commandline -opc) (commandline -ct)
            berth __complete -- $words[2..-1] 2>/dev/null
        end
        complete -c berth -f -a '(__berth_complete)'

        """;

    public static Command Build()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.CompletionSources.Add("bash", "zsh", "fish");
        return new BerthCommand("completion", "Print the completion script of a shell")
        {
            Examples = ["source <(berth completion bash)", "berth completion bash > /etc/bash_completion.d/berth", "berth completion fish | source"],
        }.With(shell).Runs((session, result, _) =>
        {
            session.Out.Write(result.GetValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                "fish" => Fish,
                var other => throw CliException.Usage($"unknown shell \"{other}\"; there are: bash, zsh, fish"),
            });
            return Task.CompletedTask;
        });
    }

    /// <summary>Words that may stand where the last of <c>words</c> is being written.</summary>
    public static Command BuildComplete()
    {
        var words = new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore };
        return new BerthCommand("__complete", "Words for the shell's completion") { Hidden = true }
            .With(words)
            .Runs((session, result, _) =>
            {
                foreach (var word in Complete(result.GetValue(words)!))
                {
                    session.Out.WriteLine(word);
                }

                return Task.CompletedTask;
            });
    }

    internal static IReadOnlyList<string> Complete(string[] words)
    {
        var current = words.Length > 0 ? words[^1] : "";
        if (words.Length <= 1)
        {
            return [.. CommandTable.All.Where(e => e.Group.Length > 0).Select(e => e.Name).Where(n => n.StartsWith(current, StringComparison.Ordinal))];
        }

        if (CommandTable.Find(words[0]) is not { } entry)
        {
            return [];
        }

        var parsed = CommandLineApp.Root([entry.Build()]).Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        return [.. parsed.GetCompletions().Select(item => item.InsertText ?? item.Label)
            .Where(word => word.StartsWith(current, StringComparison.Ordinal) && (current.StartsWith('-') || !word.StartsWith('-')) && word != "-?" && !word.StartsWith('/'))
            .Distinct(StringComparer.Ordinal)];
    }
}
