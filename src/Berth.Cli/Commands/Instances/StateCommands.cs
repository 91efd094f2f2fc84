using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth start</c>, <c>stop</c>, <c>restart</c>, <c>pause</c> and <c>resume</c>.</summary>
internal static class StateCommands
{
    public static Command BuildStart() => Build("start", "Start instances", "start", "Starting",
        ["berth start web1", "berth start web1 web2", "berth start --all"], stops: false, console: true);

    public static Command BuildStop() => Build("stop", "Stop instances", "stop", "Stopping",
        ["berth stop web1                # asks the init, and waits", "berth stop web1 --force        # at once", "berth stop web1 --timeout 30"], stops: true, console: false);

    public static Command BuildRestart() => Build("restart", "Restart instances", "restart", "Restarting",
        ["berth restart web1", "berth restart web1 --force"], stops: true, console: true);

    public static Command BuildPause() => Build("pause", "Pause instances: their processes stand still", "freeze", "Pausing",
        ["berth pause web1"], stops: false, console: false);

    public static Command BuildResume() => Build("resume", "Let paused instances go on", "unfreeze", "Resuming",
        ["berth resume web1"], stops: false, console: false);

    private static BerthCommand Build(string name, string description, string action, string title, string[] examples, bool stops, bool console)
    {
        var instances = Completed.Instances();
        var all = new Option<bool>("--all") { Description = "All instances that are in a state for it" };
        var force = CommonOptions.Force("Do not wait for the instance's own shutdown");
        var timeout = new Option<int>("--timeout") { Description = "Seconds to wait for the shutdown; -1 for as long as it takes", DefaultValueFactory = _ => -1, HelpName = "seconds" };
        var stateful = new Option<bool>("--stateful") { Description = "Keep the running state" };
        var stateless = new Option<bool>("--stateless") { Description = "Ignore a running state that was kept" };
        var attach = new Option<string?>("--console") { Description = "Attach to the console at once", Arity = ArgumentArity.ZeroOrOne };
        var command = new BerthCommand(name, description) { Examples = examples }.With(instances, all);
        if (stops)
        {
            command.With(force, timeout);
        }

        if (name == "stop")
        {
            command.With(stateful);
        }

        if (name == "start")
        {
            command.With(stateless);
        }

        if (console)
        {
            command.With(attach);
        }

        return command.Runs(async (session, result, cancellation) =>
        {
            var request = new InstanceStatePut
            {
                Action = action,
                Timeout = stops ? result.GetValue(timeout) : -1,
                Force = stops && result.GetValue(force),
                Stateful = name == "stop" && result.GetValue(stateful),
            };
            var names = await NamesAsync(session, result.GetValue(instances)!, result.GetValue(all), action, cancellation);
            var code = await EachAsync(session, names, title, (instance, token) => ChangeAsync(session, instance, request, token), cancellation);
            if (console && code == ExitCodes.Ok && result.GetResult(attach) is { Implicit: false })
            {
                var only = names is [var one] ? one : throw CliException.Usage("--console works with one instance");
                await new ConsoleSession(session).RunAsync(only, result.GetValue(attach) is { Length: > 0 } type ? type : "console", force: false, cancellation);
            }

            return code;
        });
    }

    /// <summary>Asks for the change of all of them first, so that they change at the same time, then waits for each.</summary>
    internal static async Task<int> EachAsync(
        Session session, IReadOnlyList<string> names, string title, Func<string, CancellationToken, Task<ApiReply>> change, CancellationToken cancellation)
    {
        if (names is [var only])
        {
            await session.WaitAsync(await change(only, cancellation), $"{title} {only}", cancellation);
            return ExitCodes.Ok;
        }

        var changes = names.Select(name => (name, Reply: change(name, cancellation))).ToArray();
        var code = ExitCodes.Ok;
        foreach (var (name, reply) in changes)
        {
            try
            {
                await session.WaitAsync(await reply, $"{title} {name}", cancellation);
            }
            catch (Exception e) when (e is ApiException or CliException { ExitCode: ExitCodes.Failure })
            {
                session.Error.WriteLine($"Error: {name}: {e.Message}");
                code = ExitCodes.Failure;
            }
        }

        return code;
    }

    private static async Task<ApiReply> ChangeAsync(Session session, string instance, InstanceStatePut request, CancellationToken cancellation)
    {
        var path = Paths.Instance(instance) + "/state";
        if (request.Action == "start")
        {
            var state = await session.Client.GetAsync(Paths.Instance(instance), BerthJson.Default.Instance, cancellation);
            if (state.StatusCode == StatusCode.Frozen)
            {
                request = request with { Action = "unfreeze" };
            }
        }

        return await session.Client.PutAsync(path, request, BerthJson.Default.InstanceStatePut, cancellation);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(
        Session session, string[] named, bool all, string action, CancellationToken cancellation)
    {
        if (!all)
        {
            return named.Length > 0 ? Array.ConvertAll(named, Names.Local) : throw CliException.Usage("which instance? Name one, or use --all");
        }

        if (named.Length > 0)
        {
            throw CliException.Usage("--all takes no names");
        }

        var instances = await session.Client.GetAsync(Paths.Instances + "?recursion=1", BerthJson.Default.InstanceList, cancellation);
        return [.. instances.Where(i => Applies(action, i.StatusCode)).Select(i => i.Name)];
    }

    private static bool Applies(string action, StatusCode status) => action switch
    {
        "start" => status is StatusCode.Stopped or StatusCode.Frozen,
        "unfreeze" => status == StatusCode.Frozen,
        "stop" => status is not StatusCode.Stopped,
        _ => status is StatusCode.Running or StatusCode.Ready,
    };
}
