using System.CommandLine;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli;

/// <summary>From the arguments to the exit code.</summary>
internal static class CommandLineApp
{
    public static async Task<int> RunAsync(string[] args)
    {
        var debug = args.TakeWhile(arg => arg != "--").Any(arg => arg is "--debug");
        try
        {
            return await DispatchAsync(args);
        }
        catch (ApiException e)
        {
            return Fail(await ExplainAsync(e, args), e, debug, ExitCodes.Failure);
        }
        catch (CliException e)
        {
            return Fail(e.Message, e, debug, e.ExitCode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(e.Message, e, debug, ExitCodes.Failure);
        }
        finally
        {
            Flush();
        }
    }

    private static Task<int> DispatchAsync(string[] args)
    {
        var word = FirstWord(args);
        var entry = word is null ? null : CommandTable.Find(word);
        if (entry is null)
        {
            return TopLevelAsync(args, word);
        }

        var result = Root([entry.Build()]).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0 && !Help.IsAsked(result))
        {
            throw Usage.Error(result);
        }

        if (!Help.IsAsked(result) && Usage.UnknownOption(result, args) is { } unknown)
        {
            throw unknown;
        }

        return result.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = StandardStreams.Out,
            Error = StandardStreams.Error,
        });
    }

    /// <summary>No command, or none that exists: the overview, the version, or what was meant.</summary>
    private static Task<int> TopLevelAsync(string[] args, string? word)
    {
        if (args.Contains("--version"))
        {
            StandardStreams.Out.WriteLine(BerthVersion.Text);
            return Task.FromResult(ExitCodes.Ok);
        }

        if (word is null or "help")
        {
            var topic = args.SkipWhile(arg => arg != "help").Skip(1).ToArray();
            if (topic.Length > 0)
            {
                return DispatchAsync([.. topic, "--help"]);
            }

            Help.Overview(StandardStreams.Out);
            return Task.FromResult(args.Length == 0 ? ExitCodes.Failure : ExitCodes.Ok);
        }

        var close = Closest.To(word, CommandTable.All.Select(entry => entry.Name));
        throw CliException.Usage(close is null
            ? $"unknown command \"{word}\"; see: berth --help"
            : $"unknown command \"{word}\"; did you mean \"{close}\"?");
    }

    /// <summary>The root with the given commands below it.</summary>
    public static RootCommand Root(IEnumerable<Command> commands)
    {
        var root = new RootCommand("Berth: virtual machines and system containers side by side");
        root.Directives.Clear();
        root.Options.Add(GlobalOptions.Project);
        root.Options.Add(GlobalOptions.Quiet);
        root.Options.Add(GlobalOptions.Debug);
        root.Options.Add(GlobalOptions.ForceLocal);
        root.Options.Add(GlobalOptions.Verbose);
        Help.Install(root);
        foreach (var command in commands)
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    private static string? FirstWord(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--project")
            {
                i++;
            }
            else if (!args[i].StartsWith('-'))
            {
                return args[i];
            }
        }

        return null;
    }

    private static async Task<string> ExplainAsync(ApiException error, string[] args)
    {
        try
        {
            var at = Array.IndexOf(args, "--project");
            using var client = new BerthClient(Session.SocketPath, at >= 0 && at + 1 < args.Length ? args[at + 1] : CurrentProject.Read());
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            return await Suggestions.ForAsync(error, client, deadline.Token) ?? error.Message;
        }
        catch (Exception e) when (e is ApiException or CliException or OperationCanceledException)
        {
            // The suggestion is a courtesy; the server's own words are there.
            return error.Message;
        }
    }

    private static int Fail(string message, Exception e, bool debug, int exitCode)
    {
        Flush();
        StandardStreams.Error.WriteLine($"Error: {message}");
        if (debug)
        {
            StandardStreams.Error.WriteLine(e.ToString());
        }

        return exitCode;
    }

    private static void Flush()
    {
        try
        {
            StandardStreams.Out.Flush();
        }
        catch (IOException)
        {
            // The reader of a pipe has gone (berth list | head): there is nobody left to tell.
        }
    }
}
