using System.CommandLine;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Config;

/// <summary><c>berth config</c>: keys of instances, and of the server where no instance is named.</summary>
internal static class ConfigCommand
{
    public static Command Build() => new BerthCommand("config", "Show and change the configuration of instances and of the server")
    {
        Examples = ["berth config show web1", "berth config set web1 limits.memory=1GiB limits.cpu=2", "berth config device add web1 data disk source=/srv path=/srv"],
    }.With(Show(), Edit(), Get(), Set(), Unset(), DeviceCommands.Build("config device", "instance", Resource.Instance, () => Completed.Instance()), MetadataCommands.BuildMetadata(), MetadataCommands.BuildTemplate(), TrustCommand.Build());

    private static BerthCommand Show()
    {
        var instance = Optional();
        var expanded = new Option<bool>("--expanded", "-e") { Description = "With what the profiles give" };
        return new BerthCommand("show", "Show a configuration as YAML")
        {
            Examples = ["berth config show web1", "berth config show web1 --expanded", "berth config show          # the server"],
        }.With(instance, expanded).Runs((session, result, cancellation) =>
            Of(result.GetValue(instance)).ShowAsync(session, result.GetValue(expanded), cancellation));
    }

    private static BerthCommand Edit()
    {
        var instance = Optional();
        return new BerthCommand("edit", "Edit a configuration as YAML")
        {
            Examples = ["berth config edit web1", "berth config edit web1 < web1.yaml"],
        }.With(instance).Runs((session, result, cancellation) => Of(result.GetValue(instance)).EditAsync(session, cancellation));
    }

    private static BerthCommand Get()
    {
        var words = Words("[instance] key", "The instance, left out for the server, and the key");
        var expanded = new Option<bool>("--expanded", "-e") { Description = "With what the profiles give" };
        var property = Property();
        return new BerthCommand("get", "Print the value of a key") { Examples = ["berth config get web1 limits.memory"] }
            .With(words, expanded, property)
            .Runs(async (session, result, cancellation) =>
            {
                var (name, key) = InstanceAndKey(result.GetValue(words)!);
                session.Out.WriteLine(await Of(name).GetAsync(session, key, result.GetValue(property), result.GetValue(expanded), cancellation));
            });
    }

    private static BerthCommand Set()
    {
        var words = Words("[instance] key=value", "The instance, left out for the server, and keys with their values");
        var property = Property();
        return new BerthCommand("set", "Set keys")
        {
            Remarks = "A value of - is read from standard input.",
            Examples = ["berth config set web1 limits.memory=1GiB limits.cpu=2", "berth config set web1 description=\"the web\" --property"],
        }.With(words, property).Runs((session, result, cancellation) =>
        {
            var all = result.GetValue(words)!;
            var name = all[0].Contains('=', StringComparison.Ordinal) || all is [_, var value] && !value.Contains('=', StringComparison.Ordinal) ? null : all[0];
            var values = name is null ? all : all[1..];
            return values.Length == 0
                ? throw CliException.Usage("which key? As in: berth config set web1 limits.memory=1GiB")
                : Of(name).SetAsync(session, KeyValues.ParseAssignments(values, StandardInput.ReadAll), result.GetValue(property), cancellation);
        });
    }

    private static BerthCommand Unset()
    {
        var words = Words("[instance] key", "The instance, left out for the server, and the key");
        var property = Property();
        return new BerthCommand("unset", "Remove a key") { Examples = ["berth config unset web1 limits.memory"] }
            .With(words, property)
            .Runs((session, result, cancellation) =>
            {
                var (name, key) = InstanceAndKey(result.GetValue(words)!);
                return Of(name).UnsetAsync(session, key, result.GetValue(property), cancellation);
            });
    }

    internal static (string? Name, string Key) InstanceAndKey(string[] words) => words switch
    {
        [var key] => (null, key),
        [var name, var key] => (name, key),
        _ => throw CliException.Usage("give an instance and one key"),
    };

    private static Resource Of(string? name) =>
        name is null || Names.Local(name).Length == 0 ? Resource.Server() : Resource.Instance(name);

    private static Argument<string?> Optional()
    {
        var argument = new Argument<string?>("instance") { Description = "Name of the instance; left out for the server", Arity = ArgumentArity.ZeroOrOne };
        argument.CompletionSources.AddRange(Completed.Instance().CompletionSources);
        return argument;
    }

    private static Argument<string[]> Words(string name, string description)
    {
        var argument = new Argument<string[]>(name) { Description = description, Arity = ArgumentArity.OneOrMore };
        argument.CompletionSources.AddRange(Completed.Instance().CompletionSources);
        return argument;
    }

    private static Option<bool> Property() => new("--property", "-p") { Description = "A property such as description, instead of a configuration key" };
}
