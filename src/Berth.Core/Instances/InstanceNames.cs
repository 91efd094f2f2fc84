namespace Berth.Core.Instances;

/// <summary>Names that work as host names everywhere (RFC 1123 label, as Incus): letters, digits, hyphens, ≤ 63.</summary>
public static class InstanceNames
{
    /// <exception cref="BerthException">BadRequest that says what is wrong.</exception>
    public static void Validate(string name)
    {
        if (WhyNot(name) is { } reason)
        {
            throw BerthException.BadRequest($"Invalid instance name \"{Shorten(name)}\": {reason}");
        }
    }

    /// <summary>Why it is no name; null when it is one.</summary>
    public static string? WhyNot(string name) => name switch
    {
        "" => "it is empty",
        { Length: > 63 } => $"it has {name.Length} characters, the most is 63",
        _ when !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') => "only letters, digits and hyphens are allowed",
        _ when name[0] == '-' || name[^1] == '-' => "it may not begin or end with a hyphen",
        _ when char.IsAsciiDigit(name[0]) => "it may not begin with a digit",
        _ => null,
    };

    private static string Shorten(string name) => name.Length <= 80 ? name : name[..80] + "…";
}
