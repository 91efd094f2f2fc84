using System.Text;

namespace Berth.Core.Instances;

/// <summary>Splits <c>raw.qemu</c> into arguments as a shell does: quotes and backslashes, no expansion.</summary>
public static class RawQemu
{
    /// <summary>With these Berth finds and shuts in its machines.</summary>
    private static readonly string[] Owned = ["uuid", "name", "sandbox", "runas", "run-with", "chroot", "daemonize", "pidfile", "incoming", "readconfig", "writeconfig", "S", "nodefaults"];

    /// <exception cref="BerthException">BadRequest: a quote is not closed, or an option is Berth's own.</exception>
    public static IReadOnlyList<string> Parse(string text) => Problem(text) is { } reason
        ? throw BerthException.BadRequest($"Invalid raw.qemu: {reason}")
        : Split(text)!;

    internal static string? Problem(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return "it contains a NUL character";
        }

        return Split(text) is not { } arguments
            ? "a quote is not closed"
            : arguments.Select(Option).FirstOrDefault(Owned.Contains) is { } owned
                ? $"-{owned} is set by Berth itself"
                : null;
    }

    /// <summary>QEMU takes one dash or two.</summary>
    private static string Option(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument.StartsWith('-') ? argument[1..] : "";

    private static List<string>? Split(string text)
    {
        var arguments = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        char? quote = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length)
            {
                word.Append(text[++i]);
                inWord = true;
            }
            else if (quote is not null)
            {
                quote = c == quote ? null : quote;
                _ = quote is null ? word : word.Append(c);
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                inWord = true;
            }
            else if (!char.IsWhiteSpace(c))
            {
                word.Append(c);
                inWord = true;
            }
            else if (inWord)
            {
                arguments.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }

        if (inWord)
        {
            arguments.Add(word.ToString());
        }

        return quote is null ? arguments : null;
    }
}
