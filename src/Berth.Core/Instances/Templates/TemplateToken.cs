namespace Berth.Core.Instances.Templates;

internal enum TemplateTokenKind
{
    /// <summary>A name or keyword.</summary>
    Word,
    Text,
    Number,

    /// <summary>An operator or a bracket.</summary>
    Sign,
}

/// <summary>A part of what stands between <c>{{ }}</c> or <c>{% %}</c>.</summary>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Value)
{
    private static readonly string[] Signs = ["==", "!=", ">=", "<=", "|", "(", ")", ",", ".", ":", ">", "<", "="];

    /// <exception cref="TemplateException">A sign that the language does not have, or a text without its end.</exception>
    public static List<TemplateToken> Split(string code, int line)
    {
        var tokens = new List<TemplateToken>();
        for (var at = 0; at < code.Length;)
        {
            var c = code[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
            }
            else if (c is '"' or '\'')
            {
                var end = code.IndexOf(c, at + 1);
                if (end < 0)
                {
                    throw new TemplateException($"line {line}: a text that begins with {c} does not end");
                }

                tokens.Add(new(TemplateTokenKind.Text, code[(at + 1)..end]));
                at = end + 1;
            }
            else if (char.IsAsciiDigit(c))
            {
                tokens.Add(new(TemplateTokenKind.Number, Run(code, ref at, char.IsAsciiDigit)));
            }
            else if (char.IsAsciiLetter(c) || c == '_')
            {
                tokens.Add(new(TemplateTokenKind.Word, Run(code, ref at, x => char.IsAsciiLetterOrDigit(x) || x == '_')));
            }
            else
            {
                var rest = code[at..];
                var sign = Array.Find(Signs, s => rest.StartsWith(s, StringComparison.Ordinal)) ?? throw new TemplateException($"line {line}: \"{c}\" is not supported in \"{code.Trim()}\"");
                tokens.Add(new(TemplateTokenKind.Sign, sign));
                at += sign.Length;
            }
        }

        return tokens;
    }

    private static string Run(string code, ref int at, Func<char, bool> belongs)
    {
        var start = at;
        while (at < code.Length && belongs(code[at]))
        {
            at++;
        }

        return code[start..at];
    }
}
