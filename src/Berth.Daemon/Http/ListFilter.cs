using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Berth.Core;

namespace Berth.Daemon.Http;

/// <summary>
/// The API's <c>filter</c> (extension api_filtering): clauses <c>field eq value</c> and <c>field ne value</c> joined by
/// <c>and</c>, <c>or</c> and <c>not</c>, from left to right. Fields are named as in the JSON, maps by their keys
/// (<c>config.image.os</c>); a value matches as a whole, as a regular expression.
/// </summary>
internal sealed partial class ListFilter
{
    private static readonly TimeSpan MatchDeadline = TimeSpan.FromMilliseconds(100);
    private readonly List<Clause> _clauses = [];

    private ListFilter()
    {
    }

    /// <summary>Null when there is nothing to filter.</summary>
    /// <exception cref="BerthException">BadRequest: not of that form.</exception>
    public static ListFilter? Parse(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        var words = new Queue<string>(Word().Matches(text).Select(m => m.Groups["quoted"].Success ? m.Groups["quoted"].Value : m.Value));
        var filter = new ListFilter();
        var joinedByOr = false;
        while (words.Count > 0)
        {
            filter._clauses.Add(ReadClause(words, joinedByOr, text));
            if (words.TryDequeue(out var join))
            {
                joinedByOr = join switch
                {
                    "and" when words.Count > 0 => false,
                    "or" when words.Count > 0 => true,
                    _ => throw Wrong(text),
                };
            }
        }

        return filter;
    }

    public IEnumerable<T> Apply<T>(IEnumerable<T> items, JsonTypeInfo<T> type) =>
        items.Where(item => Matches(JsonSerializer.SerializeToElement(item, type)));

    private static Clause ReadClause(Queue<string> words, bool joinedByOr, string text)
    {
        var negated = words.TryPeek(out var first) && first == "not";
        if (negated)
        {
            words.Dequeue();
        }

        if (words.Count < 3)
        {
            throw Wrong(text);
        }

        var (field, comparison, value) = (words.Dequeue(), words.Dequeue(), words.Dequeue());
        negated ^= comparison switch
        {
            "eq" => false,
            "ne" => true,
            _ => throw Wrong(text),
        };
        return new(field, Pattern(value), negated, joinedByOr);
    }

    private static Regex Pattern(string value)
    {
        try
        {
            return new($"^(?:{value})$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, MatchDeadline);
        }
        catch (ArgumentException)
        {
            return new($"^{Regex.Escape(value)}$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, MatchDeadline);
        }
    }

    private static BerthException Wrong(string text) =>
        BerthException.BadRequest($"Invalid filter \"{text}\": write for example: name eq web1 and status eq Running");

    private bool Matches(JsonElement item)
    {
        var result = true;
        foreach (var clause in _clauses)
        {
            var holds = (Find(item, clause.Field) is { } value && clause.Value.IsMatch(value)) != clause.Negated;
            result = clause.JoinedByOr ? result || holds : result && holds;
        }

        return result;
    }

    /// <summary>Keys of maps contain dots: at each object the whole rest of the path is tried first.</summary>
    private static string? Find(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (element.TryGetProperty(path, out var found))
        {
            return found.ValueKind == JsonValueKind.String ? found.GetString() : found.ToString();
        }

        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && element.TryGetProperty(path[..dot], out var inner) ? Find(inner, path[(dot + 1)..]) : null;
    }

    [GeneratedRegex("\"(?<quoted>[^\"]*)\"|\\S+")]
    private static partial Regex Word();

    private sealed record Clause(string Field, Regex Value, bool Negated, bool JoinedByOr);
}
