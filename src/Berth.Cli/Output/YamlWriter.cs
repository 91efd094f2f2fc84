using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.Cli.Output;

/// <summary>JSON as block YAML, in the manner of the <c>incus</c> client: two blanks of indent, lists flush with their key.</summary>
internal static partial class YamlWriter
{
    public static void Write(TextWriter output, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                Map(output, map, 0);
                break;
            case JsonArray { Count: > 0 } list:
                List(output, list, 0);
                break;
            default:
                output.WriteLine(Scalar(node, 0));
                break;
        }
    }

    private static void Map(TextWriter output, JsonObject map, int indent, bool firstInline = false)
    {
        foreach (var (key, value) in map)
        {
            if (!firstInline)
            {
                Indent(output, indent);
            }

            firstInline = false;
            output.Write(Text(key, indent));
            output.Write(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } child:
                    output.WriteLine();
                    Map(output, child, indent + 2);
                    break;
                case JsonArray { Count: > 0 } child:
                    output.WriteLine();
                    List(output, child, indent);
                    break;
                default:
                    output.Write(' ');
                    output.WriteLine(Scalar(value, indent + 2));
                    break;
            }
        }
    }

    private static void List(TextWriter output, JsonArray list, int indent)
    {
        foreach (var item in list)
        {
            Indent(output, indent);
            output.Write("- ");
            switch (item)
            {
                case JsonObject { Count: > 0 } child:
                    Map(output, child, indent + 2, firstInline: true);
                    break;
                case JsonArray { Count: > 0 } child:
                    output.WriteLine();
                    List(output, child, indent + 2);
                    break;
                default:
                    output.WriteLine(Scalar(item, indent + 2));
                    break;
            }
        }
    }

    private static string Scalar(JsonNode? node, int indent) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Text(value.GetValue<string>(), indent),
        _ => node.ToJsonString(),
    };

    private static string Text(string text, int indent)
    {
        if (text.Contains('\n', StringComparison.Ordinal) && CanBeLiteral(text))
        {
            var pad = new string(' ', indent);
            var chomp = text.EndsWith("\n\n", StringComparison.Ordinal) ? "|+" : text.EndsWith('\n') ? "|" : "|-";
            var lines = text.EndsWith('\n') ? text[..^1] : text;
            return chomp + "\n" + string.Join('\n', lines.Split('\n').Select(line => line.Length == 0 ? line : pad + line));
        }

        if (NeedsDoubleQuotes(text))
        {
            return JsonSerializer.Serialize(text, Api.BerthJson.Default.String);
        }

        return Plain().IsMatch(text) && !Reserved().IsMatch(text) && !text.EndsWith(':') && !text.Contains(": ", StringComparison.Ordinal)
            && !text.Contains(" #", StringComparison.Ordinal)
            ? text
            : LooksTyped(text) ? "\"" + text + "\"" : "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
    }

    private static bool CanBeLiteral(string text) =>
        !text.StartsWith(' ') && !text.StartsWith('\n') && !text.Any(c => char.IsControl(c) && c != '\n' && c != '\t');

    private static bool NeedsDoubleQuotes(string text) => text.Length == 0 || text.Any(char.IsControl);

    private static bool LooksTyped(string text) => Reserved().IsMatch(text);

    private static void Indent(TextWriter output, int indent)
    {
        for (var i = 0; i < indent; i++)
        {
            output.Write(' ');
        }
    }

    // A plain scalar is made of characters that mean nothing in YAML, and ends with no blank; all else is quoted.
    [GeneratedRegex(@"^(?!-([ ]|$))[A-Za-z0-9/_.(+-][A-Za-z0-9 /_.()+:@=;-]*(?<! )$(?!\n)", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();

    // Words and numbers that a YAML 1.1 or 1.2 reader would take for something other than text.
    [GeneratedRegex(
        @"^(~|null|Null|NULL|true|True|TRUE|false|False|FALSE|y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|<<|=" +
        @"|[-+]?(\d[\d_]*)(\.[\d_]*)?([eE][-+]?\d+)?|[-+]?\.\d[\d_]*([eE][-+]?\d+)?|0x[0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+" +
        @"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|\d{4}-\d{1,2}-\d{1,2}|[-+]?\d+(:[0-5]?\d)+(\.\d*)?)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();
}
