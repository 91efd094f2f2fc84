using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth delete</c>.</summary>
internal static class DeleteCommand
{
    public static Command Build()
    {
        var instances = Completed.Instances();
        instances.Arity = ArgumentArity.OneOrMore;
        var force = CommonOptions.Force("Delete running instances too");
        var ask = new Option<bool>("--interactive", "-i") { Description = "Ask before each one" };
        return new BerthCommand("delete", "Delete instances and their snapshots")
        {
            Alternatives = ["rm"],
            Examples = ["berth delete web1", "berth delete web1 web2 --force", "berth delete web1/snap0    # a snapshot"],
        }.With(instances, force, ask).Runs(async (session, result, cancellation) =>
        {
            var names = result.GetValue(instances)!;
            var failed = false;
            foreach (var name in names)
            {
                if (result.GetValue(ask) && !StandardInput.Ask(session, $"Delete {name} (yes/no): ").StartsWith("y", StringComparison.OrdinalIgnoreCase))
                {
                    throw new CliException($"{name} was not deleted");
                }

                try
                {
                    await DeleteAsync(session, name, result.GetValue(force), cancellation);
                }
                catch (Exception e) when (names.Length > 1 && e is ApiException or CliException { ExitCode: ExitCodes.Failure })
                {
                    session.Error.WriteLine($"Error: {name}: {e.Message}");
                    failed = true;
                }
            }

            return failed ? ExitCodes.Failure : ExitCodes.Ok;
        });
    }

    private static async Task DeleteAsync(Session session, string name, bool force, CancellationToken cancellation)
    {
        var (instance, snapshot) = Names.Split(name);
        var path = Paths.Instance(instance);
        if (snapshot.Length > 0)
        {
            await session.WaitAsync(await session.Client.DeleteAsync(Paths.Join(path + "/snapshots", snapshot), cancellation), $"Deleting {name}", cancellation);
            return;
        }

        var state = await session.Client.GetAsync(path, BerthJson.Default.Instance, cancellation);
        if (state.StatusCode is not (StatusCode.Stopped or StatusCode.Error))
        {
            if (!force)
            {
                throw new CliException($"{instance} is {state.Status.ToLowerInvariant()}: stop it first, or delete with --force");
            }

            var stop = new InstanceStatePut { Action = "stop", Timeout = -1, Force = true };
            await session.WaitAsync(
                await session.Client.PutAsync(path + "/state", stop, BerthJson.Default.InstanceStatePut, cancellation), $"Stopping {instance}", cancellation);
            if (state.Ephemeral)
            {
                return;
            }
        }

        await session.WaitAsync(await session.Client.DeleteAsync(path, cancellation), $"Deleting {instance}", cancellation);
    }
}
