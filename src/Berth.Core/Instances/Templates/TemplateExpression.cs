using System.Globalization;

namespace Berth.Core.Instances.Templates;

/// <summary>An expression: values, members, filters, comparisons, <c>and</c>, <c>or</c>, <c>not</c>, <c>in</c>, and <c>config_get</c>.</summary>
internal sealed class TemplateExpression
{
    private const int Deepest = 32;
    private readonly List<TemplateToken> _tokens;
    private readonly int _line;
    private int _at;
    private int _depth;

    private TemplateExpression(List<TemplateToken> tokens, int line)
    {
        _tokens = tokens;
        _line = line;
    }

    /// <summary>Reads an expression; what it gives depends on the variables.</summary>
    /// <exception cref="TemplateException">It is none of this language.</exception>
    public static Func<TemplateScope, object?> Parse(List<TemplateToken> tokens, int line)
    {
        var reader = new TemplateExpression(tokens, line);
        var expression = reader.Or();
        return reader._at == tokens.Count ? expression : throw reader.Wrong();
    }

    private Func<TemplateScope, object?> Or()
    {
        if (++_depth > Deepest)
        {
            throw new TemplateException($"line {_line}: an expression is nested deeper than {Deepest} levels");
        }

        var left = And();
        while (TakeWord("or"))
        {
            var (a, b) = (left, And());
            left = s => a(s) is var value && TemplateValue.IsTrue(value) ? value : b(s);
        }

        _depth--;
        return left;
    }

    private Func<TemplateScope, object?> And()
    {
        var left = Not();
        while (TakeWord("and"))
        {
            var (a, b) = (left, Not());
            left = s => a(s) is var value && TemplateValue.IsTrue(value) ? b(s) : value;
        }

        return left;
    }

    private Func<TemplateScope, object?> Not()
    {
        if (!TakeWord("not"))
        {
            return Comparison();
        }

        var value = Comparison();
        return s => !TemplateValue.IsTrue(value(s));
    }

    private Func<TemplateScope, object?> Comparison()
    {
        var left = Filtered();
        if (TakeSign("=="))
        {
            var right = Filtered();
            return s => TemplateValue.Equals(left(s), right(s));
        }

        if (TakeSign("!="))
        {
            var right = Filtered();
            return s => !TemplateValue.Equals(left(s), right(s));
        }

        if (TakeWord("in"))
        {
            var right = Filtered();
            return s => TemplateValue.Contains(right(s), left(s));
        }

        return left;
    }

    private Func<TemplateScope, object?> Filtered()
    {
        var value = Value();
        while (TakeSign("|"))
        {
            var (from, name) = (value, Word());
            var argument = TakeSign(":") ? Value() : _ => null;
            TemplateValue.Filter("", name, "", _line);
            value = s => TemplateValue.Filter(from(s), name, argument(s), _line);
        }

        return value;
    }

    private Func<TemplateScope, object?> Value()
    {
        if (TakeSign("("))
        {
            var inner = Or();
            Need(")");
            return inner;
        }

        if (_at >= _tokens.Count)
        {
            throw Wrong();
        }

        var token = _tokens[_at++];
        return token.Kind switch
        {
            TemplateTokenKind.Text => _ => token.Value,
            TemplateTokenKind.Number when long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => _ => number,
            TemplateTokenKind.Word => Variable(token.Value),
            _ => throw Wrong(),
        };
    }

    private Func<TemplateScope, object?> Variable(string name)
    {
        switch (name)
        {
            case "true" or "True":
                return _ => true;
            case "false" or "False":
                return _ => false;
            case "none" or "None" or "nil":
                return _ => null;
            case "config_get":
                Need("(");
                var key = Or();
                var instead = TakeSign(",") ? Or() : _ => "";
                Need(")");
                return s => s.Config(TemplateValue.Text(key(s))) ?? instead(s);
        }

        Func<TemplateScope, object?> value = s => s.Find(name);
        while (TakeSign("."))
        {
            var (from, member) = (value, Word());
            value = s => TemplateValue.Member(from(s), member);
        }

        return _at < _tokens.Count && _tokens[_at] is { Kind: TemplateTokenKind.Sign, Value: "(" }
            ? throw new TemplateException($"line {_line}: the function \"{name}\" is not supported; available: config_get")
            : value;
    }

    private string Word() => _at < _tokens.Count && _tokens[_at].Kind == TemplateTokenKind.Word ? _tokens[_at++].Value : throw Wrong();

    private bool TakeWord(string word) => Take(TemplateTokenKind.Word, word);

    private bool TakeSign(string sign) => Take(TemplateTokenKind.Sign, sign);

    private bool Take(TemplateTokenKind kind, string value)
    {
        if (_at >= _tokens.Count || _tokens[_at] != new TemplateToken(kind, value))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Need(string sign)
    {
        if (!TakeSign(sign))
        {
            throw Wrong();
        }
    }

    private TemplateException Wrong() => new(
        $"line {_line}: \"{string.Join(' ', _tokens.Select(t => t.Value))}\" is not an expression that is supported");
}
