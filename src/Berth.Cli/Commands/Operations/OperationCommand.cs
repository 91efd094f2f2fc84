using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Operations;

/// <summary><c>berth operation</c>.</summary>
internal static class OperationCommand
{
    private static readonly Column<Operation>[] s_columns =
    [
        new('i', "ID", operation => operation.Id),
        new('t', "TYPE", operation => operation.Class.ToUpperInvariant()),
        new('d', "DESCRIPTION", operation => operation.Description),
        new('s', "STATE", operation => operation.Status.ToUpperInvariant()),
        new('c', "CANCELABLE", operation => operation.MayCancel ? "YES" : "NO"),
        new('C', "CREATED", operation => Sizes.Time(operation.CreatedAt)),
        new('L', "LOCATION", operation => operation.Location),
    ];

    public static Command Build() => new BerthCommand("operation", "List, show and cancel background operations")
    {
        Examples = ["berth operation list", "berth operation delete 3f1c…"],
    }.With(List(), Show(), Delete());

    private static BerthCommand List()
    {
        var columns = CommonOptions.Columns("itdscC");
        var format = CommonOptions.Format();
        var everywhere = CommonOptions.AllProjects();
        return new BerthCommand("list", "List the operations under way") { Alternatives = ["ls"], Examples = ["berth operation list"] }
            .With(columns, format, everywhere)
            .Runs(async (session, result, cancellation) =>
            {
                var path = Paths.Operations + "?recursion=1" + (result.GetValue(everywhere) ? "&all-projects=true" : "");
                var reply = await session.Client.GetAsync(path, cancellation);
                var raw = reply.Metadata.ValueKind == System.Text.Json.JsonValueKind.Object
                    ? reply.Metadata.EnumerateObject().SelectMany(status => status.Value.EnumerateArray()).ToArray()
                    : [];
                var operations = reply.As(BerthJson.Default.OperationsByStatus).SelectMany(status => status.Value).ToArray();
                Listing.Write(
                    session.Out, OutputFormat.Parse(result.GetValue(format)!), Listing.Choose(s_columns, result.GetValue(columns)!), operations, () => raw);
            });
    }

    private static BerthCommand Show()
    {
        var id = Completed.Named("operation", "Id of the operation", Paths.Operations);
        return new BerthCommand("show", "Show an operation as YAML").With(id).Runs(async (session, result, cancellation) =>
            YamlWriter.Write(session.Out, (await session.Client.GetAsync(Paths.Join(Paths.Operations, Names.Local(result.GetValue(id)!)), cancellation)).AsObject()));
    }

    private static BerthCommand Delete()
    {
        var id = Completed.Named("operation", "Id of the operation", Paths.Operations);
        return new BerthCommand("delete", "Cancel an operation") { Alternatives = ["cancel", "rm"] }.With(id).Runs(async (session, result, cancellation) =>
        {
            await session.Client.DeleteAsync(Paths.Join(Paths.Operations, Names.Local(result.GetValue(id)!)), cancellation);
            session.Say($"Operation {result.GetValue(id)} deleted");
        });
    }
}
