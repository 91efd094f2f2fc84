using System.CommandLine;
using Berth.Api;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth exec</c> and <c>berth shell</c>.</summary>
internal static class ExecCommand
{
    private static readonly Option<string[]> s_environment = new("--env")
    {
        Description = "Environment variable, KEY=VALUE; may be repeated",
        HelpName = "key=value",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<uint> s_user = new("--user") { Description = "User id to run as (default 0)", HelpName = "uid" };
    private static readonly Option<uint> s_group = new("--group") { Description = "Group id to run as (default 0)", HelpName = "gid" };
    private static readonly Option<string> s_directory = new("--cwd") { Description = "Directory to run in (default: the user's home)", HelpName = "path" };
    private static readonly Option<bool> s_noInput = new("--disable-stdin", "-n") { Description = "Give the command no standard input" };
    private static readonly Option<bool> s_terminal = new("--force-interactive", "-t") { Description = "Give the command a terminal" };
    private static readonly Option<bool> s_noTerminal = new("--force-noninteractive", "-T") { Description = "Give the command no terminal" };
    private static readonly Option<string> s_mode = new("--mode")
    {
        Description = "auto, interactive or non-interactive",
        DefaultValueFactory = _ => "auto",
    };

    public static Command Build()
    {
        var instance = Completed.Instance();
        var command = new Argument<string[]>("command") { Description = "The command and its arguments", Arity = ArgumentArity.OneOrMore };
        return new BerthCommand("exec", "Run a command in an instance")
        {
            Remarks = "The command is run as it is, without a shell: for pipes and variables run sh -c '...'.\n"
                + "A terminal is used when both standard input and output are terminals. The exit code is the command's own.",
            Examples =
            [
                "berth exec web1 -- ls -l /                     # options of the command go after --",
                "berth exec web1 -- sh -c 'cd /tmp && pwd'",
                "berth exec web1 --user 1000 --cwd /srv --env LANG=C -- id",
                "tar c . | berth exec web1 -- tar x -C /srv     # data through standard input",
            ],
        }.With(instance, command, s_environment, s_user, s_group, s_directory, s_noInput, s_terminal, s_noTerminal, s_mode)
            .Runs((session, result, cancellation) => RunAsync(
                session, result, result.GetValue(instance)!, result.GetValue(command)!, cancellation));
    }

    public static Command BuildShell()
    {
        var instance = Completed.Instance();
        return new BerthCommand("shell", "Open a root shell in an instance")
        {
            Examples = ["berth shell web1"],
        }.With(instance, s_environment, s_user, s_group, s_directory, s_noInput, s_terminal, s_noTerminal, s_mode)
            .Runs((session, result, cancellation) => RunAsync(session, result, result.GetValue(instance)!, ["su", "-l"], cancellation));
    }

    private static Task<int> RunAsync(Session session, ParseResult result, string instance, string[] command, CancellationToken cancellation)
    {
        var interactive = IsInteractive(result);
        var environment = KeyValues.ParseAll(result.GetValue(s_environment)!);
        if (interactive && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } term)
        {
            environment.TryAdd("TERM", term);
        }

        var size = interactive ? Terminal.TerminalSize.Of(1) : default;
        var request = new InstanceExecPost
        {
            Command = command,
            WaitForWebsocket = true,
            Interactive = interactive,
            Environment = environment,
            Width = size.Columns,
            Height = size.Rows,
            User = result.GetValue(s_user),
            Group = result.GetValue(s_group),
            Cwd = result.GetValue(s_directory) ?? "",
        };
        return new ExecSession(session).RunAsync(Names.Local(instance), request, result.GetValue(s_noInput), cancellation);
    }

    private static bool IsInteractive(ParseResult result)
    {
        if (result.GetValue(s_terminal) && result.GetValue(s_noTerminal))
        {
            throw CliException.Usage("-t and -T exclude each other");
        }

        if (result.GetValue(s_terminal) || result.GetValue(s_noTerminal))
        {
            return result.GetValue(s_terminal);
        }

        return result.GetValue(s_mode) switch
        {
            "auto" => Terminal.TerminalSize.IsTerminal(0) && Terminal.TerminalSize.IsTerminal(1),
            "interactive" => true,
            "non-interactive" => false,
            var other => throw CliException.Usage($"unknown mode \"{other}\"; there are: auto, interactive, non-interactive"),
        };
    }
}
