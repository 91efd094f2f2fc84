using System.Collections;
using System.Globalization;
using System.Text;

namespace Berth.Core.Backups;

/// <summary>Writes maps, lists, texts, numbers, flags and times as YAML. Texts are quoted, so that none is read as something else.</summary>
internal static class BackupYaml
{
    public static byte[] Write(IReadOnlyDictionary<string, object?> map)
    {
        var text = new StringBuilder();
        WriteMap(text, map, 0);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void WriteMap(StringBuilder text, IEnumerable<KeyValuePair<string, object?>> map, int indent)
    {
        foreach (var (key, value) in map.Where(pair => pair.Value is not null))
        {
            text.Append(' ', indent).Append(Quote(key)).Append(':');
            WriteValue(text, value!, indent + 2);
        }
    }

    private static void WriteValue(StringBuilder text, object value, int indent)
    {
        switch (value)
        {
            case IReadOnlyDictionary<string, string> texts:
                WriteNested(text, texts.Count, "{}", () => WriteMap(text, texts.Select(t => new KeyValuePair<string, object?>(t.Key, t.Value)), indent));
                break;
            case IReadOnlyDictionary<string, object?> map:
                WriteNested(text, map.Count, "{}", () => WriteMap(text, map, indent));
                break;
            case string plain:
                text.Append(' ').AppendLine(Quote(plain));
                break;
            case IEnumerable list:
                var items = list.Cast<object>().ToList();
                WriteNested(text, items.Count, "[]", () => items.ForEach(item =>
                {
                    text.Append(' ', indent).Append('-');
                    WriteValue(text, item, indent + 2);
                }));
                break;
            case bool flag:
                text.Append(' ').AppendLine(flag ? "true" : "false");
                break;
            case DateTimeOffset time:
                text.Append(' ').AppendLine(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(' ').AppendLine(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void WriteNested(StringBuilder text, int count, string empty, Action write)
    {
        if (count == 0)
        {
            text.Append(' ').AppendLine(empty);
            return;
        }

        text.AppendLine();
        write();
    }

    private static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                _ when char.IsControl(c) => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
