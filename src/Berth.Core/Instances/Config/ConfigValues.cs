using System.Globalization;
using System.Text.RegularExpressions;
using Berth.Core.Resources;
using YamlDotNet.Core;

namespace Berth.Core.Instances;

/// <summary>Checks of configuration values: each says what is wrong, or null.</summary>
internal static partial class ConfigValues
{
    public static string? Any(string value) => value.Contains('\0', StringComparison.Ordinal) ? "it contains a NUL character" : null;

    public static string? Boolean(string value) =>
        value.ToLowerInvariant() is "true" or "false" or "1" or "0" or "yes" or "no" or "on" or "off" ? null : "give true or false";

    /// <summary>A whole number of 64 bits; negative ones too, as Incus has it.</summary>
    public static string? Integer(string value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "give a whole number";

    public static string? NotNegative(string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : "give a whole number, 0 or more";

    public static string? Size(string value) => ByteSize.TryParse(value) is null ? "give a size, for example 512MiB" : null;

    public static string? Uuid(string value) => Guid.TryParseExact(value, "D", out _) ? null : "give a UUID";

    public static string? SingleLine(string value) => Any(value) ?? (value.AsSpan().ContainsAny('\n', '\r') ? "it cannot have line breaks" : null);

    public static string? Base64(string value) => Convert.TryFromBase64String(value, new byte[(value.Length * 3 / 4) + 3], out _) ? null : "give Base64";

    public static Func<string, string?> Between(int least, int most) =>
        value => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? null
            : $"give a number from {least} to {most}";

    public static Func<string, string?> OneOf(params string[] values) =>
        value => values.Contains(value) ? null : $"give one of {string.Join(", ", values)}";

    public static Func<string, string?> Either(Func<string, string?> one, Func<string, string?> other, string wanted) =>
        value => one(value) is null || other(value) is null ? null : wanted;

    public static string? Yaml(string value)
    {
        if (Any(value) is { } reason)
        {
            return reason;
        }

        try
        {
            var parser = new Parser(new StringReader(value));
            while (parser.MoveNext())
            {
            }

            return null;
        }
        catch (YamlException e)
        {
            return $"it is not valid YAML (line {e.Start.Line})";
        }
    }

    /// <summary>What says that it is cloud-config must be YAML; scripts, archives and templates are the guest's business.</summary>
    public static string? CloudConfig(string value) =>
        value.Split('\n', 2)[0].TrimEnd() == "#cloud-config" ? Yaml(value) : Any(value);

    /// <summary>One limit for both, or <c>soft:hard</c>; each a number or <c>unlimited</c>.</summary>
    public static string? ResourceLimit(string value) =>
        Limit().IsMatch(value) ? null : "give a number or \"unlimited\", or soft and hard limit as 1000:3000";

    public static string? ModuleNames(string value) =>
        value.Split(',').All(name => ModuleName().IsMatch(name.Trim())) ? null : "give names of modules, separated by commas";

    public static string? SystemCalls(string value) =>
        value.Split('\n').All(line => SystemCallLine().IsMatch(line.Trim()))
            ? null
            : "give one system call a line, with its action if any: mount errno 1";

    public static string? CpuNodes(string value) => value == "balanced" || CpuList.TryParse(value) is { Count: > 0 } ? null : "give NUMA nodes (0-1,3) or \"balanced\"";

    [GeneratedRegex(@"^(unlimited|\d{1,19})(:(unlimited|\d{1,19}))?$")]
    private static partial Regex Limit();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex ModuleName();

    [GeneratedRegex(@"^$|^#.*$|^[a-z0-9_]{1,64}( [a-z0-9_ \[\],:<>=!&|.x]*)?$")]
    private static partial Regex SystemCallLine();
}
