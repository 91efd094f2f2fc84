namespace Berth.Core.Storage.Volumes;

/// <summary>Names of custom volumes and of their snapshots and backups: they become parts of paths.</summary>
public static class VolumeNames
{
    private const int Longest = 63;

    /// <exception cref="BerthException">BadRequest that says what is wrong.</exception>
    public static void Validate(string name, string what = "storage volume")
    {
        if (WhyNot(name) is { } reason)
        {
            throw BerthException.BadRequest($"Invalid name \"{(name.Length <= 80 ? name : name[..80] + "…")}\" of a {what}: {reason}");
        }
    }

    /// <summary>Why it is no name; null when it is one.</summary>
    public static string? WhyNot(string name) => name switch
    {
        "" => "it is empty",
        { Length: > Longest } => $"it has {name.Length} characters, the most is {Longest}",
        _ when name.Contains('/', StringComparison.Ordinal) => "it may not contain slashes",
        _ when name[0] is '.' or '-' => "it may not begin with a dot or hyphen",
        _ when !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~') => "only letters, digits and - _ . ~ are allowed",
        _ => null,
    };
}
