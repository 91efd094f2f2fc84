using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Images;

/// <summary><c>berth image alias</c>.</summary>
internal static class ImageAliasCommands
{
    private static readonly ListBuilder<ImageAliasesEntry> s_list = new(
        "List aliases",
        [
            new('a', "ALIAS", alias => alias.Name),
            new('f', "FINGERPRINT", alias => alias.Target.Length > 12 ? alias.Target[..12] : alias.Target),
            new('t', "TYPE", alias => alias.Type.ToUpperInvariant()),
            new('d', "DESCRIPTION", alias => alias.Description),
        ],
        "aftd",
        BerthJson.Default.ImageAliasesEntryList)
    {
        Key = alias => alias.Name,
        Filter = (alias, word) => alias.Name.Contains(word, StringComparison.Ordinal) || alias.Target.StartsWith(word, StringComparison.Ordinal),
    };

    public static Command Build() => new BerthCommand("alias", "Manage the names of images")
    {
        Examples = ["berth image alias create stable debian/12", "berth image alias list"],
    }.With(Create(), s_list.Build(_ => Paths.ImageAliases), Delete(), Rename());

    /// <summary>Lets an alias stand for an image, whatever it stood for before.</summary>
    public static async Task PointAsync(Session session, string alias, string fingerprint, string description, CancellationToken cancellation)
    {
        try
        {
            await session.Client.DeleteAsync(Paths.Alias(alias), cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // The alias is new.
        }

        await CreateAsync(session, alias, fingerprint, description, cancellation);
    }

    private static Task<ApiReply> CreateAsync(Session session, string alias, string fingerprint, string description, CancellationToken cancellation) =>
        session.Client.PostAsync(
            Paths.ImageAliases, new JsonObject { ["name"] = alias, ["target"] = fingerprint, ["description"] = description }, cancellation);

    private static BerthCommand Create()
    {
        var alias = new Argument<string>("alias") { Description = "The new name" };
        var image = Completed.Image();
        var description = new Option<string?>("--description") { Description = "Description of the alias", HelpName = "text" };
        return new BerthCommand("create", "Give an image another name") { Examples = ["berth image alias create stable debian/12"] }
            .With(alias, image, description)
            .Runs(async (session, result, cancellation) =>
            {
                var target = await ImageReference.FingerprintAsync(session.Client, Names.Local(result.GetValue(image)!), cancellation);
                await CreateAsync(session, Names.Local(result.GetValue(alias)!), target, result.GetValue(description) ?? "", cancellation);
            });
    }

    private static BerthCommand Delete()
    {
        var aliases = Completed.Many("alias", "Names", Paths.ImageAliases);
        aliases.Arity = ArgumentArity.OneOrMore;
        return new BerthCommand("delete", "Remove names; the images stay") { Alternatives = ["rm"], Examples = ["berth image alias delete stable"] }
            .With(aliases)
            .Runs(async (session, result, cancellation) =>
            {
                foreach (var alias in result.GetValue(aliases)!)
                {
                    await session.Client.DeleteAsync(Paths.Alias(Names.Local(alias)), cancellation);
                }
            });
    }

    private static BerthCommand Rename()
    {
        var alias = Completed.Image("The name");
        var target = new Argument<string>("new-name") { Description = "The new name" };
        return new BerthCommand("rename", "Change a name of an image") { Examples = ["berth image alias rename stable oldstable"] }
            .With(alias, target)
            .Runs((session, result, cancellation) => session.Client.PostAsync(
                Paths.Alias(Names.Local(result.GetValue(alias)!)), new JsonObject { ["name"] = Names.Local(result.GetValue(target)!) }, cancellation));
    }
}
