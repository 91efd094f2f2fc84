using System.Collections;
using System.Globalization;

namespace Berth.Core.Instances.Templates;

/// <summary>Values in templates: null, string, long, bool, lists, and maps from names to values.</summary>
internal static class TemplateValue
{
    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new TemplateException("a map or list cannot be printed; name one of its entries, or go through them with for"),
    };

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        string text => text.Length > 0,
        bool flag => flag,
        long number => number != 0,
        ICollection many => many.Count > 0,
        _ => true,
    };

    public static new bool Equals(object? a, object? b) => (a, b) switch
    {
        (long x, string y) => Text(x) == y,
        (string x, long y) => x == Text(y),
        _ => object.Equals(a, b),
    };

    public static bool Contains(object? many, object? one) => many switch
    {
        string text => text.Contains(Text(one), StringComparison.Ordinal),
        SortedDictionary<string, object?> map => map.ContainsKey(Text(one)),
        List<object?> list => list.Any(v => Equals(v, one)),
        _ => false,
    };

    public static object? Member(object? value, string name) =>
        value is SortedDictionary<string, object?> map ? map.GetValueOrDefault(name) : null;

    /// <exception cref="TemplateException">There is no such filter.</exception>
    public static object? Filter(object? value, string name, object? argument, int line) => name switch
    {
        "default" => IsTrue(value) ? value : argument,
        "default_if_none" => value ?? argument,
        "upper" => Text(value).ToUpperInvariant(),
        "lower" => Text(value).ToLowerInvariant(),
        "capfirst" => Text(value) is [var first, .. var rest] ? char.ToUpperInvariant(first) + rest : "",
        "cut" => Text(argument).Length == 0 ? value : Text(value).Replace(Text(argument), "", StringComparison.Ordinal),
        "add" => value is long a && argument is long b ? a + b : Text(value) + Text(argument),
        "length" => value is ICollection many ? (long)many.Count : (long)Text(value).Length,
        "first" => value is List<object?> list ? list.FirstOrDefault() : Text(value) is [var c, ..] ? c.ToString() : "",
        "last" => value is List<object?> list ? list.LastOrDefault() : Text(value) is [.., var c] ? c.ToString() : "",
        "join" => value is List<object?> list ? string.Join(Text(argument), list.Select(Text)) : value,
        "split" => Text(value).Split(Text(argument)).Select(p => (object?)p).ToList(),
        "safe" => value,
        _ => throw new TemplateException($"line {line}: the filter \"{name}\" is not supported"),
    };
}
