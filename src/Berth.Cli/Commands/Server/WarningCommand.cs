using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Server;

/// <summary><c>berth warning</c>.</summary>
internal static class WarningCommand
{
    private const string Path = "/1.0/warnings";

    private static readonly Column<Warning>[] s_columns =
    [
        new('u', "UUID", warning => warning.Uuid),
        new('t', "TYPE", warning => warning.Type),
        new('s', "STATUS", warning => warning.Status.ToUpperInvariant()),
        new('S', "SEVERITY", warning => warning.Severity.ToUpperInvariant()),
        new('c', "COUNT", warning => warning.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new('p', "PROJECT", warning => warning.Project),
        new('L', "LAST SEEN", warning => Sizes.Time(warning.LastSeenAt)),
        new('F', "FIRST SEEN", warning => Sizes.Time(warning.FirstSeenAt)),
        new('m', "LAST MESSAGE", warning => warning.LastMessage),
    ];

    public static Command Build() => new BerthCommand("warning", "List, acknowledge and delete the server's warnings")
    {
        Examples = ["berth warning list", "berth warning show 3f1c…", "berth warning acknowledge 3f1c…", "berth warning delete --all"],
    }.With(List(), Show(), Acknowledge(), Delete());

    private static BerthCommand List()
    {
        var columns = CommonOptions.Columns("utSscpL");
        var format = CommonOptions.Format();
        var all = new Option<bool>("--all", "-a") { Description = "Those that are acknowledged or resolved too" };
        return new BerthCommand("list", "List warnings") { Alternatives = ["ls"], Examples = ["berth warning list", "berth warning list --all"] }
            .With(columns, format, all)
            .Runs(async (session, result, cancellation) =>
            {
                var reply = await session.Client.GetAsync(Path + "?recursion=1", cancellation);
                var items = reply.As(BerthJson.Default.WarningList);
                var chosen = Enumerable.Range(0, items.Count).Where(i => result.GetValue(all) || items[i].Status == "new").ToArray();
                Listing.Write(
                    session.Out, OutputFormat.Parse(result.GetValue(format)!), Listing.Choose(s_columns, result.GetValue(columns)!),
                    [.. chosen.Select(i => items[i])], () => chosen.Select(i => reply.Metadata[i]));
            });
    }

    private static BerthCommand Show()
    {
        var id = Id();
        return new BerthCommand("show", "Show a warning as YAML").With(id).Runs(async (session, result, cancellation) =>
            YamlWriter.Write(session.Out, (await session.Client.GetAsync(Of(result.GetValue(id)!), cancellation)).AsObject()));
    }

    private static BerthCommand Acknowledge()
    {
        var id = Id();
        return new BerthCommand("acknowledge", "Mark a warning as seen") { Alternatives = ["ack"] }.With(id).Runs((session, result, cancellation) =>
            session.Client.PutAsync(Of(result.GetValue(id)!), new JsonObject { ["status"] = "acknowledged" }, "", cancellation));
    }

    private static BerthCommand Delete()
    {
        var id = Id();
        id.Arity = ArgumentArity.ZeroOrOne;
        var all = new Option<bool>("--all", "-a") { Description = "All of them" };
        return new BerthCommand("delete", "Delete warnings") { Alternatives = ["rm"] }.With(id, all).Runs(async (session, result, cancellation) =>
        {
            var one = result.GetValue(id);
            if (string.IsNullOrEmpty(one) != result.GetValue(all))
            {
                throw CliException.Usage("name a warning, or give --all");
            }

            var paths = result.GetValue(all) ? await session.Client.GetAsync(Path, BerthJson.Default.StringList, cancellation) : [Of(one!)];
            foreach (var path in paths)
            {
                await session.Client.DeleteAsync(path, cancellation);
            }
        });
    }

    private static Argument<string> Id() => Completed.Named("warning", "Id of the warning", Path);

    private static string Of(string id) => Paths.Join(Path, Names.Local(id));
}
