using System.CommandLine;
using System.Text;
using System.Text.Json;
using Berth.Api;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Server;

/// <summary><c>berth query</c>: the API as it is.</summary>
internal static class QueryCommand
{
    public static Command Build()
    {
        var path = new Argument<string>("path") { Description = "Path of the API, such as /1.0/instances" };
        var method = new Option<string>("--request", "-X") { Description = "HTTP method", DefaultValueFactory = _ => "GET", HelpName = "method" };
        var data = new Option<string?>("--data", "-d") { Description = "Body of the request, in JSON", HelpName = "json" };
        var raw = new Option<bool>("--raw") { Description = "Print the whole answer" };
        var wait = new Option<bool>("--wait") { Description = "Wait for the operation to end" };
        return new BerthCommand("query", "Send a request to the API as it is")
        {
            Examples = ["berth query /1.0/instances", "berth query -X DELETE --wait /1.0/instances/web1", "berth query -X PATCH -d '{\"description\": \"x\"}' /1.0/instances/web1"],
        }.With(path, method, data, raw, wait).Runs(async (session, result, cancellation) =>
        {
            var target = Input.Names.Local(result.GetValue(path)!);
            if (!target.StartsWith('/'))
            {
                throw CliException.Usage($"the path must start with /, as in /1.0/{target}");
            }

            if (result.GetValue(raw) && result.GetValue(wait))
            {
                throw CliException.Usage("--raw and --wait exclude each other");
            }

            HttpContent? content = result.GetValue(data) is { } body ? new StringContent(body, Encoding.UTF8, "application/json") : null;
            using var request = session.Client.Request(new HttpMethod(result.GetValue(method)!.ToUpperInvariant()), target, content);
            if (result.GetValue(raw))
            {
                using var response = await session.Client.OpenAsync(request, cancellation);
                await response.Content.CopyToAsync(StandardStreams.Open(1), cancellation);
                return;
            }

            var reply = await session.Client.SendAsync(request.Method, target, content, null, cancellation);
            if (result.GetValue(wait) && reply.OperationPath.Length > 0)
            {
                var operation = await session.WaitAsync(reply, "Waiting", cancellation);
                Print(session.Out, JsonSerializer.SerializeToElement(operation, BerthJson.Default.Operation));
            }
            else
            {
                Print(session.Out, reply.Metadata);
            }
        });
    }

    private static void Print(TextWriter output, JsonElement element)
    {
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return;
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            element.WriteTo(writer);
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
