using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Config;

/// <summary>The commands that every named resource has: show, edit, get, set, unset, delete, rename.</summary>
internal sealed class ResourceCommands(string group, string noun, Func<string, Resource> resource, Func<Argument<string>> argument)
{
    public BerthCommand Show()
    {
        var name = argument();
        return new BerthCommand("show", $"Show a {noun} as YAML") { Examples = [$"berth {group} show NAME"] }
            .With(name)
            .Runs((session, result, cancellation) => resource(result.GetValue(name)!).ShowAsync(session, false, cancellation));
    }

    public BerthCommand Edit()
    {
        var name = argument();
        return new BerthCommand("edit", $"Edit a {noun} as YAML")
        {
            Examples = [$"berth {group} edit NAME", $"berth {group} edit NAME < file.yaml"],
        }.With(name).Runs((session, result, cancellation) => resource(result.GetValue(name)!).EditAsync(session, cancellation));
    }

    public BerthCommand Get()
    {
        var name = argument();
        var key = new Argument<string>("key") { Description = "The key" };
        var property = Property();
        return new BerthCommand("get", $"Print the value of a key of a {noun}") { Examples = [$"berth {group} get NAME key"] }
            .With(name, key, property)
            .Runs(async (session, result, cancellation) => session.Out.WriteLine(
                await resource(result.GetValue(name)!).GetAsync(session, result.GetValue(key)!, result.GetValue(property), false, cancellation)));
    }

    public BerthCommand Set()
    {
        var name = argument();
        var values = new Argument<string[]>("key=value") { Description = "Keys and their values; a value of - is read from standard input", Arity = ArgumentArity.OneOrMore };
        var property = Property();
        return new BerthCommand("set", $"Set keys of a {noun}") { Examples = [$"berth {group} set NAME key=value other=value"] }
            .With(name, values, property)
            .Runs((session, result, cancellation) => resource(result.GetValue(name)!).SetAsync(
                session, KeyValues.ParseAssignments(result.GetValue(values)!, StandardInput.ReadAll), result.GetValue(property), cancellation));
    }

    public BerthCommand Unset()
    {
        var name = argument();
        var key = new Argument<string>("key") { Description = "The key" };
        var property = Property();
        return new BerthCommand("unset", $"Remove a key of a {noun}") { Examples = [$"berth {group} unset NAME key"] }
            .With(name, key, property)
            .Runs((session, result, cancellation) => resource(result.GetValue(name)!).UnsetAsync(
                session, result.GetValue(key)!, result.GetValue(property), cancellation));
    }

    public BerthCommand Delete()
    {
        var names = argument();
        var list = new Argument<string[]>(names.Name) { Description = names.Description, Arity = ArgumentArity.OneOrMore };
        list.CompletionSources.AddRange(names.CompletionSources);
        return new BerthCommand("delete", $"Delete a {noun}") { Alternatives = ["rm"], Examples = [$"berth {group} delete NAME"] }
            .With(list)
            .Runs(async (session, result, cancellation) =>
            {
                foreach (var name in result.GetValue(list)!)
                {
                    await session.WaitAsync(await session.Client.DeleteAsync(resource(name).Path, cancellation), $"Deleting {name}", cancellation);
                    session.Say($"{Capital(noun)} {Names.Local(name)} deleted");
                }
            });
    }

    public BerthCommand Rename()
    {
        var name = argument();
        var target = new Argument<string>("new-name") { Description = "The new name" };
        return new BerthCommand("rename", $"Rename a {noun}") { Examples = [$"berth {group} rename OLD NEW"] }
            .With(name, target)
            .Runs(async (session, result, cancellation) =>
            {
                var to = Names.Local(result.GetValue(target)!);
                var reply = await session.Client.PostAsync(resource(result.GetValue(name)!).Path, new JsonObject { ["name"] = to }, cancellation);
                await session.WaitAsync(reply, $"Renaming {result.GetValue(name)}", cancellation);
                session.Say($"{Capital(noun)} {Names.Local(result.GetValue(name)!)} renamed to {to}");
            });
    }

    public static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static Option<bool> Property() => new("--property", "-p") { Description = "A property such as description, instead of a configuration key" };
}
