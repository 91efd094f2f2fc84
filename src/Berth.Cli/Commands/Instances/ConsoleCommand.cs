using System.CommandLine;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth console</c>.</summary>
internal static class ConsoleCommand
{
    public static Command Build()
    {
        var instance = Completed.Instance();
        var force = CommonOptions.Force("Take the console over from whoever has it");
        var log = new Option<bool>("--show-log") { Description = "Print what the console showed so far, and leave" };
        var type = new Option<string>("--type", "-t") { Description = "console (the serial one)", DefaultValueFactory = _ => "console" };
        return new BerthCommand("console", "Attach to the console of an instance")
        {
            Remarks = "To detach, press ctrl-a, then q.",
            Examples = ["berth console web1", "berth console web1 --show-log"],
        }.With(instance, force, log, type).Runs(async (session, result, cancellation) =>
        {
            var name = Names.Local(result.GetValue(instance)!);
            if (result.GetValue(log))
            {
                using var request = session.Client.Request(HttpMethod.Get, Paths.Instance(name) + "/console");
                using var response = await session.Client.OpenAsync(request, cancellation);
                await response.Content.CopyToAsync(StandardStreams.Open(1), cancellation);
                return;
            }

            await new ConsoleSession(session).RunAsync(name, result.GetValue(type)!, result.GetValue(force), cancellation);
        });
    }
}
