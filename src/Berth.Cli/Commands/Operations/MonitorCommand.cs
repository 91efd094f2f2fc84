using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Operations;

/// <summary><c>berth monitor</c>.</summary>
internal static class MonitorCommand
{
    private static readonly string[] s_levels = ["trace", "debug", "info", "warning", "error", "fatal", "panic"];

    public static Command Build()
    {
        var types = CommonOptions.Many("lifecycle, operation or logging", "type", "--type");
        var format = new Option<string>("--format", "-f") { Description = "yaml, json or pretty", DefaultValueFactory = _ => "yaml" };
        var pretty = new Option<bool>("--pretty") { Description = "The same as --format pretty" };
        var level = new Option<string?>("--loglevel") { Description = "Least level of log lines (with pretty)", HelpName = "level" };
        var everywhere = CommonOptions.AllProjects();
        return new BerthCommand("monitor", "Show events as they happen")
        {
            Examples = ["berth monitor", "berth monitor --type lifecycle --format json", "berth monitor --pretty --type logging --loglevel warning"],
        }.With(types, format, pretty, level, everywhere).Runs(async (session, result, cancellation) =>
        {
            var kind = result.GetValue(pretty) ? "pretty" : result.GetValue(format)!;
            if (kind is not ("yaml" or "json" or "pretty"))
            {
                throw CliException.Usage($"unknown format \"{kind}\"; there are: yaml, json, pretty");
            }

            if (result.GetValue(level) is { } wanted && !s_levels.Contains(wanted, StringComparer.Ordinal))
            {
                throw CliException.Usage($"unknown level \"{wanted}\"; there are: {string.Join(", ", s_levels)}");
            }

            var query = string.Join('&', Queries(result.GetValue(types)!, result.GetValue(everywhere)));
            using var socket = await session.Client.WebSocketAsync("/1.0/events" + (query.Length > 0 ? "?" + query : ""), cancellation);
            await foreach (var message in WebSocketText.ReadAllAsync(socket, cancellation))
            {
                Write(session.Out, kind, message, result.GetValue(level));
                session.Out.Flush();
            }

            throw new CliException("the server closed the stream of events");
        });
    }

    private static IEnumerable<string> Queries(string[] types, bool everywhere)
    {
        if (types.Length > 0)
        {
            yield return "type=" + Uri.EscapeDataString(string.Join(',', types));
        }

        if (everywhere)
        {
            yield return "all-projects=true";
        }
    }

    private static void Write(TextWriter output, string kind, byte[] message, string? level)
    {
        switch (kind)
        {
            case "json":
                output.WriteLine(System.Text.Encoding.UTF8.GetString(message).TrimEnd());
                break;
            case "yaml":
                YamlWriter.Write(output, JsonNode.Parse(message));
                output.WriteLine();
                output.WriteLine();
                break;
            default:
                Pretty(output, JsonSerializer.Deserialize(message, BerthJson.Default.Event)!, level);
                break;
        }
    }

    private static void Pretty(TextWriter output, Event change, string? level)
    {
        var time = change.Timestamp.ToLocalTime().ToString("HH:mm:ss.fff");
        switch (change.Type)
        {
            case "logging" when change.Metadata.Deserialize(BerthJson.Default.EventLogging) is { } log:
                if (level is null || Array.IndexOf(s_levels, log.Level) >= Array.IndexOf(s_levels, level))
                {
                    var context = string.Concat(log.Context.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $" {c.Key}={c.Value}"));
                    output.WriteLine($"{time} {log.Level.ToUpperInvariant(),-7} {log.Message}{context}");
                }

                break;
            case "operation" when change.Metadata.Deserialize(BerthJson.Default.Operation) is { } operation:
                output.WriteLine($"{time} {operation.Status,-7} {operation.Description} {operation.Id} {OperationProgress.Text(operation)}{operation.Err}".TrimEnd());
                break;
            case "lifecycle" when change.Metadata.Deserialize(BerthJson.Default.EventLifecycle) is { } lifecycle:
                output.WriteLine($"{time} {lifecycle.Action} {lifecycle.Source}");
                break;
            default:
                output.WriteLine($"{time} {change.Type} {change.Metadata.GetRawText()}");
                break;
        }
    }
}
