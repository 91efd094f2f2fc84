using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Config;

/// <summary>Trust tokens: operations of class <c>token</c>, shown as the text that a client takes.</summary>
internal static class TrustTokenCommands
{
    private static readonly Column<Operation>[] s_columns =
    [
        new('n', "NAME", ClientOf),
        new('t', "TOKEN", TokenOf),
        new('E', "EXPIRES AT", operation => Expiry(operation) is { } at ? Sizes.Time(at) : ""),
    ];

    /// <summary>A token as it is given to a client: JSON in base64.</summary>
    public static string TokenOf(Operation operation)
    {
        var metadata = Metadata(operation);
        var token = new CertificateAddToken
        {
            ClientName = ClientOf(operation),
            Fingerprint = Text(metadata["fingerprint"]),
            Addresses = [.. (metadata["addresses"] as JsonArray ?? []).Select(address => Text(address))],
            Secret = Text(metadata["secret"]),
            ExpiresAt = Expiry(operation) ?? default,
        };
        return Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(token, BerthJson.Default.CertificateAddToken));
    }

    public static BerthCommand List()
    {
        var columns = CommonOptions.Columns("ntE");
        var format = CommonOptions.Format();
        return new BerthCommand("list-tokens", "List the tokens that nobody has used yet") { Examples = ["berth config trust list-tokens"] }
            .With(columns, format)
            .Runs(async (session, result, cancellation) =>
            {
                var tokens = await TokensAsync(session, cancellation);
                Listing.Write(
                    session.Out,
                    OutputFormat.Parse(result.GetValue(format)!),
                    Listing.Choose(s_columns, result.GetValue(columns)!),
                    tokens,
                    () => tokens.Select(token => JsonSerializer.SerializeToElement(token, BerthJson.Default.Operation)));
            });
    }

    public static BerthCommand Revoke()
    {
        var name = new Argument<string>("name") { Description = "Name of the client that the token is for" };
        return new BerthCommand("revoke-token", "Make a token void") { Examples = ["berth config trust revoke-token alice"] }
            .With(name)
            .Runs(async (session, result, cancellation) =>
            {
                var client = Names.Local(result.GetValue(name)!);
                var token = (await TokensAsync(session, cancellation)).FirstOrDefault(t => ClientOf(t) == client)
                    ?? throw new CliException($"there is no token for {client}");
                await session.Client.DeleteAsync(Paths.Join(Paths.Operations, token.Id), cancellation);
                session.Say($"Certificate add token for {client} deleted");
            });
    }

    private static async Task<Operation[]> TokensAsync(Session session, CancellationToken cancellation)
    {
        var reply = await session.Client.GetAsync(Paths.Operations + "?recursion=1", cancellation);
        return
        [
            .. reply.As(BerthJson.Default.OperationsByStatus).SelectMany(status => status.Value)
                .Where(o => o.Class == "token" && o.StatusCode == StatusCode.Running && Metadata(o)["request"] is JsonObject)
                .OrderBy(ClientOf, StringComparer.Ordinal),
        ];
    }

    private static JsonObject Metadata(Operation operation) => operation.Metadata ?? [];

    private static string ClientOf(Operation operation) => Text((Metadata(operation)["request"] as JsonObject)?["name"]);

    private static DateTimeOffset? Expiry(Operation operation) =>
        DateTimeOffset.TryParse(Text(Metadata(operation)["expiresAt"]), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? at : null;

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}
