using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Berth.Cli.Output;

namespace Berth.Cli.Commands;

/// <summary>A listing of one collection of the API.</summary>
internal sealed record ListBuilder<T>(string Description, IReadOnlyList<Column<T>> Columns, string Default, JsonTypeInfo<IReadOnlyList<T>> Type)
{
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>Name that the rows are sorted by.</summary>
    public required Func<T, string> Key { get; init; }

    /// <summary>Which items a filter word lets through; null where the listing takes none.</summary>
    public Func<T, string, bool>? Filter { get; init; }

    /// <param name="path">Path of the collection, for the value of <paramref name="parent"/> where there is one.</param>
    /// <param name="parent">What the collection is of, such as a pool.</param>
    public BerthCommand Build(Func<string, string> path, Argument<string>? parent = null, string name = "list")
    {
        var columns = CommonOptions.Columns(Default);
        var format = CommonOptions.Format();
        var everywhere = CommonOptions.AllProjects();
        var filters = new Argument<string[]>("filter") { Description = "Part of a name, or key=value", Arity = ArgumentArity.ZeroOrMore };
        var command = new BerthCommand(name, Description)
        {
            Alternatives = name == "list" ? ["ls"] : [],
            Examples = Examples,
            Remarks = "Columns:\n" + string.Join('\n', Columns.Select(column => $"  {column.Key}  {column.Header.ToLowerInvariant()}")),
        };
        if (parent is not null)
        {
            command.Arguments.Add(parent);
        }

        command.Arguments.Add(filters);
        return command.With(columns, format, everywhere).Runs(async (session, result, cancellation) =>
        {
            var words = result.GetValue(filters)!.Where(word => !word.EndsWith(':') || Input.Names.Local(word).Length > 0).ToArray();
            if (words.Length > 0 && Filter is null)
            {
                throw CliException.Usage($"unexpected \"{words[0]}\"");
            }

            var chosen = Listing.Choose(Columns, result.GetValue(columns)!);
            var output = OutputFormat.Parse(result.GetValue(format)!);
            var address = path(parent is null ? "" : Input.Names.Local(result.GetValue(parent)!)) + "?recursion=1"
                + (result.GetValue(everywhere) ? "&all-projects=true" : "");
            var reply = await session.Client.GetAsync(address, cancellation);
            var items = reply.As(Type);
            var order = Enumerable.Range(0, items.Count).Where(i => Array.TrueForAll(words, word => Filter!(items[i], word)))
                .OrderBy(i => Key(items[i]), StringComparer.Ordinal).ToArray();
            Listing.Write(session.Out, output, chosen, [.. order.Select(i => items[i])], () => order.Select(i => reply.Metadata[i]));
        });
    }
}
