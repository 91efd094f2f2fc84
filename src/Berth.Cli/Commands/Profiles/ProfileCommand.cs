using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Profiles;

/// <summary><c>berth profile</c>.</summary>
internal static class ProfileCommand
{
    private static readonly ListBuilder<Profile> s_list = new(
        "List profiles",
        [
            new('n', "NAME", profile => profile.Name),
            new('d', "DESCRIPTION", profile => profile.Description),
            new('e', "PROJECT", profile => profile.Project),
            new('u', "USED BY", profile => profile.UsedBy.Count.ToString(CultureInfo.InvariantCulture)),
        ],
        "ndu",
        BerthJson.Default.ProfileList)
    {
        Key = profile => profile.Name,
        Examples = ["berth profile list"],
    };

    public static Command Build()
    {
        var common = new ResourceCommands("profile", "profile", Resource.Profile, Completed.Profile);
        return new BerthCommand("profile", "Manage profiles: configuration that instances share")
        {
            Examples = ["berth profile list", "berth profile set default limits.memory=1GiB", "berth profile assign web1 default,small"],
        }.With(
            s_list.Build(_ => Paths.Profiles), common.Show(), Create(), common.Edit(), common.Get(), common.Set(), common.Unset(), common.Rename(),
            common.Delete(), Copy(), DeviceCommands.Build("profile device", "profile", Resource.Profile, Completed.Profile), Assign(), Add(), Remove());
    }

    private static BerthCommand Create()
    {
        var name = new Argument<string>("profile") { Description = "Name of the new profile" };
        var keys = new Argument<string[]>("key=value") { Description = "Configuration of the profile", Arity = ArgumentArity.ZeroOrMore };
        var description = new Option<string?>("--description") { Description = "Description of the profile", HelpName = "text" };
        return new BerthCommand("create", "Create a profile") { Examples = ["berth profile create small limits.memory=256MiB", "berth profile create web < web.yaml"] }
            .With(name, keys, description)
            .Runs(async (session, result, cancellation) =>
            {
                var profile = Names.Local(result.GetValue(name)!);
                await session.Client.PostAsync(Paths.Profiles, CreateRequest.Build(profile, result.GetValue(keys)!, result.GetValue(description)), cancellation);
                session.Say($"Profile {profile} created");
            });
    }

    private static BerthCommand Copy()
    {
        var source = Completed.Profile();
        var target = new Argument<string>("target") { Description = "Name of the copy" };
        return new BerthCommand("copy", "Copy a profile") { Alternatives = ["cp"], Examples = ["berth profile copy default mine"] }
            .With(source, target)
            .Runs(async (session, result, cancellation) =>
            {
                var original = await session.Client.GetAsync(Paths.Profile(Names.Local(result.GetValue(source)!)), BerthJson.Default.Profile, cancellation);
                var copy = new ProfilesPost
                {
                    Name = Names.Local(result.GetValue(target)!),
                    Config = original.Config,
                    Description = original.Description,
                    Devices = original.Devices,
                };
                await session.Client.PostAsync(Paths.Profiles, copy, BerthJson.Default.ProfilesPost, cancellation);
            });
    }

    private static BerthCommand Assign()
    {
        var instance = Completed.Instance();
        var profiles = new Argument<string>("profiles") { Description = "Names with commas between; '' for none" };
        return new BerthCommand("assign", "Give an instance these profiles and no others") { Alternatives = ["apply"], Examples = ["berth profile assign web1 default,small"] }
            .With(instance, profiles)
            .Runs(async (session, result, cancellation) =>
            {
                var names = result.GetValue(profiles)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                await ChangeAsync(session, result.GetValue(instance)!, _ => names, cancellation);
                session.Say(names.Length == 0
                    ? $"{result.GetValue(instance)} has no profiles now"
                    : $"Profiles {string.Join(", ", names)} applied to {result.GetValue(instance)}");
            });
    }

    private static BerthCommand Add()
    {
        var instance = Completed.Instance();
        var profile = Completed.Profile();
        return new BerthCommand("add", "Add a profile to an instance") { Examples = ["berth profile add web1 small"] }
            .With(instance, profile)
            .Runs(async (session, result, cancellation) =>
            {
                var name = Names.Local(result.GetValue(profile)!);
                await ChangeAsync(session, result.GetValue(instance)!, now => [.. now, name], cancellation);
                session.Say($"Profile {name} added to {result.GetValue(instance)}");
            });
    }

    private static BerthCommand Remove()
    {
        var instance = Completed.Instance();
        var profile = Completed.Profile();
        return new BerthCommand("remove", "Remove a profile from an instance") { Examples = ["berth profile remove web1 small"] }
            .With(instance, profile)
            .Runs(async (session, result, cancellation) =>
            {
                var name = Names.Local(result.GetValue(profile)!);
                await ChangeAsync(
                    session,
                    result.GetValue(instance)!,
                    now => now.Contains(name, StringComparer.Ordinal)
                        ? [.. now.Where(other => other != name)]
                        : throw new CliException($"{result.GetValue(instance)} does not have the profile {name}; it has: {string.Join(", ", now)}"),
                    cancellation);
                session.Say($"Profile {name} removed from {result.GetValue(instance)}");
            });
    }

    private static Task ChangeAsync(Session session, string instance, Func<string[], string[]> change, CancellationToken cancellation) =>
        Resource.Instance(instance).ChangeAsync(session, body =>
        {
            var now = (body["profiles"] as JsonArray ?? []).Select(name => name!.GetValue<string>()).ToArray();
            body["profiles"] = new JsonArray([.. change(now).Select(name => JsonValue.Create(name))]);
        }, cancellation);
}
