using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Remotes;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth launch</c> and <c>berth create</c>.</summary>
internal static class LaunchCommand
{
    public static Command BuildCreate() => Build(
        "create",
        "Create an instance from an image",
        ["init"],
        ["berth create debian/12 web1", "berth create debian/12 vm1 --vm -d root,size=20GiB", "berth create --empty vm2 --vm"],
        start: false);

    public static Command BuildLaunch() => Build(
        "launch",
        "Create an instance from an image and start it",
        [],
        [
            "berth launch debian/12 web1                                  # a container",
            "berth launch images:debian/12 web1                           # an image of a remote server (see: berth remote)",
            "berth launch debian/12 vm1 --vm -c limits.memory=1GiB        # a virtual machine",
            "berth launch debian/12 db1 -c limits.cpu=2 -d root,size=50GiB",
            "berth launch debian/12 web2 < web.yaml                       # config, devices and profiles from a file",
        ],
        start: true);

    private static BerthCommand Build(string name, string description, string[] aliases, string[] examples, bool start)
    {
        var image = Completed.Image("Alias or fingerprint of the image; with --empty, the name of the instance");
        image.Arity = ArgumentArity.ZeroOrOne;
        var instance = new Argument<string?>("name") { Description = "Name of the instance; the server makes one up if it is left out", Arity = ArgumentArity.ZeroOrOne };
        var options = new LaunchOptions();
        var console = new Option<string?>("--console") { Description = "Attach to the console at once", Arity = ArgumentArity.ZeroOrOne, Hidden = !start };
        var command = new BerthCommand(name, description) { Alternatives = aliases, Examples = examples }.With(image, instance);
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        if (start)
        {
            command.Options.Add(console);
        }

        return command.Runs(async (session, result, cancellation) =>
        {
            var (source, target) = Operands(result.GetValue(image), result.GetValue(instance), result.GetValue(options.Empty));
            var request = await LaunchRequest.BuildAsync(session, result, options, source, target, start, cancellation);
            var created = await CreateAsync(session, request, source, start, cancellation);
            if (start && result.GetResult(console) is { Implicit: false })
            {
                var type = result.GetValue(console) is { Length: > 0 } chosen ? chosen : "console";
                await new ConsoleSession(session).RunAsync(created, type, force: false, cancellation);
            }
        });
    }

    private static (ImageName? Image, string Name) Operands(string? first, string? second, bool empty)
    {
        if (empty)
        {
            return second is null
                ? (null, Names.Local(first ?? ""))
                : throw CliException.Usage("--empty takes no image: give the name of the instance alone");
        }

        return first is null
            ? throw CliException.Usage("which image? As in: berth launch debian/12 web1 (see: berth image list)")
            : (ImageName.Parse(first), Names.Local(second ?? ""));
    }

    private static async Task<string> CreateAsync(
        Session session, InstancesPost request, ImageName? image, bool start, CancellationToken cancellation)
    {
        var verb = start ? "Launching" : "Creating";
        session.Say(request.Name.Length > 0 ? $"{verb} {request.Name}" : $"{verb} the instance");
        string name;
        try
        {
            var reply = await session.Client.PostAsync(Paths.Instances, request, BerthJson.Default.InstancesPost, cancellation);
            var operation = await session.WaitAsync(reply, $"{verb} {request.Name}".TrimEnd(), cancellation);
            name = request.Name.Length > 0 ? request.Name : NameOf(operation) ?? NameOf(reply.AsOperation()) ?? "";
        }
        catch (ApiException e) when (image is { Remote: null })
        {
            throw await MissingImageAsync(session, image.Name, cancellation) ?? (Exception)e;
        }

        if (request.Name.Length == 0)
        {
            session.Say($"Instance name is: {name}");
        }

        return name;
    }

    private static string? NameOf(Operation operation) =>
        operation.Resources.TryGetValue("instances", out var paths) && paths.Count > 0 ? Names.OfPath(paths[0]) : null;

    /// <summary>The server's refusal was about the image: says which there are.</summary>
    private static async Task<CliException?> MissingImageAsync(Session session, string image, CancellationToken cancellation)
    {
        if (await ImageReference.ExistsAsync(session.Client, image, cancellation))
        {
            return null;
        }

        var names = await Suggestions.NamesAsync(session.Client, "image", Paths.ImageAliases, cancellation);
        return new CliException(Suggestions.Missing("image", image, names));
    }
}
