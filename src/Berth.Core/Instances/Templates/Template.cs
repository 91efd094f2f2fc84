namespace Berth.Core.Instances.Templates;

/// <summary>
/// A template of an image: the part of pongo2's language that images use. Texts, <c>{{ expression }}</c>, <c>{# comment #}</c>,
/// <c>{% if %} {% elif %} {% else %} {% endif %}</c> and <c>{% for x in y %} {% endfor %}</c>. Everything else is an error that names it.
/// </summary>
internal sealed class Template
{
    public const int MaxBytes = 1 << 20;
    private const int Deepest = 32;

    private readonly string _text;
    private int _at;
    private int _depth;

    private Template(string text) => _text = text;

    private int Line => 1 + _text.AsSpan(0, Math.Min(_at, _text.Length)).Count('\n');

    /// <summary>Fills the template in.</summary>
    /// <exception cref="TemplateException">It has something that is not supported.</exception>
    public static string Render(string text, SortedDictionary<string, object?> variables, Func<string, string?> config)
    {
        if (text.Length > MaxBytes)
        {
            throw new TemplateException($"it is longer than {MaxBytes} characters");
        }

        var template = new Template(text);
        var body = template.Block(out var end);
        if (end.Count > 0)
        {
            throw new TemplateException($"line {template.Line}: {{% {end[0].Value} %}} without its beginning");
        }

        var scope = new TemplateScope(variables, config);
        body(scope);
        return scope.Output;
    }

    /// <summary>Everything up to the tag that ends this block, which comes back as <paramref name="end"/>; empty at the end of the text.</summary>
    private Action<TemplateScope> Block(out List<TemplateToken> end)
    {
        if (++_depth > Deepest)
        {
            throw new TemplateException($"line {Line}: it is nested deeper than {Deepest} levels");
        }

        var parts = new List<Action<TemplateScope>>();
        end = [];
        while (_at < _text.Length && end.Count == 0)
        {
            var open = NextOpening();
            var plain = _text[_at..open];
            if (plain.Length > 0)
            {
                parts.Add(s => s.Write(plain));
            }

            _at = open;
            if (open < _text.Length && Code() is { } part)
            {
                end = Add(part, parts);
            }
        }

        _depth--;
        return s =>
        {
            foreach (var part in parts)
            {
                part(s);
            }
        };
    }

    /// <returns>The tag, where it ends the block.</returns>
    private List<TemplateToken> Add((char Kind, string Code) part, List<Action<TemplateScope>> parts)
    {
        var tokens = TemplateToken.Split(part.Code, Line);
        if (part.Kind == '{')
        {
            var value = TemplateExpression.Parse(tokens, Line);
            parts.Add(s => s.Write(TemplateValue.Text(value(s))));
            return [];
        }

        switch (tokens)
        {
            case [{ Value: "if" }, .. var condition]:
                parts.Add(If(condition));
                return [];
            case [{ Value: "for" }, .. var loop]:
                parts.Add(For(loop));
                return [];
            case [{ Value: "elif" or "else" or "endif" or "endfor" }, ..]:
                return tokens;
            case [var tag, ..]:
                throw new TemplateException($"line {Line}: the tag \"{tag.Value}\" is not supported");
            default:
                throw new TemplateException($"line {Line}: a tag is empty");
        }
    }

    private Action<TemplateScope> If(List<TemplateToken> condition)
    {
        var test = TemplateExpression.Parse(condition, Line);
        var then = Block(out var end);
        Action<TemplateScope> otherwise = _ => { };
        switch (end)
        {
            case [{ Value: "elif" }, .. var next]:
                otherwise = If(next);
                break;
            case [{ Value: "else" }]:
                otherwise = Block(out var last);
                Need(last, "endif");
                break;
            default:
                Need(end, "endif");
                break;
        }

        return s => (TemplateValue.IsTrue(test(s)) ? then : otherwise)(s);
    }

    private Action<TemplateScope> For(List<TemplateToken> loop)
    {
        var at = loop.FindIndex(t => t is { Kind: TemplateTokenKind.Word, Value: "in" });
        var names = at switch
        {
            1 => new[] { loop[0].Value },
            3 when loop[1].Value == "," => [loop[0].Value, loop[2].Value],
            _ => throw new TemplateException($"line {Line}: write {{% for x in y %}} or {{% for key, value in y %}}"),
        };
        var many = TemplateExpression.Parse(loop[(at + 1)..], Line);
        var body = Block(out var end);
        Need(end, "endfor");
        return s =>
        {
            IEnumerable<(object? Key, object? Value)> items = many(s) switch
            {
                null => [],
                SortedDictionary<string, object?> map => map.Select(p => ((object?)p.Key, p.Value)),
                List<object?> list => list.Select(v => (v, (object?)null)),
                _ => throw new TemplateException("for goes through maps and lists only"),
            };
            foreach (var (key, value) in items)
            {
                s.Step();
                s.Push(names[0], key);
                s.Push(names[^1], names.Length == 1 ? key : value);
                body(s);
                s.Pop();
                s.Pop();
            }
        };
    }

    private void Need(List<TemplateToken> end, string tag)
    {
        if (end is not [var found] || found.Value != tag)
        {
            throw new TemplateException($"line {Line}: {{% {tag} %}} is missing");
        }
    }

    private int NextOpening()
    {
        for (var at = _text.IndexOf('{', _at); at >= 0 && at + 1 < _text.Length; at = _text.IndexOf('{', at + 1))
        {
            if (_text[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return _text.Length;
    }

    /// <summary>The code at an opening; null for a comment.</summary>
    private (char Kind, string Code)? Code()
    {
        var kind = _text[_at + 1];
        var close = kind switch
        {
            '{' => "}}",
            '%' => "%}",
            _ => "#}",
        };
        var end = _text.IndexOf(close, _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException($"line {Line}: {_text.Substring(_at, 2)} without {close}");
        }

        var code = _text[(_at + 2)..end];
        _at = end + 2;
        return kind == '#' ? null : (kind, code);
    }
}
