namespace Berth.Core.Networks.Config;

/// <summary>The rules for a network's name: it is the name of the bridge too.</summary>
internal static class BridgeName
{
    /// <summary>IFNAMSIZ - 1.</summary>
    public const int MostCharacters = 15;

    /// <exception cref="BerthException">BadRequest that says what a name looks like.</exception>
    public static void Validate(string name)
    {
        var reason = name switch
        {
            { Length: < 2 } => "it is shorter than 2 characters",
            { Length: > MostCharacters } => $"it is longer than {MostCharacters} characters, the kernel's limit for interfaces",
            "all" or "default" or "lo" => "the kernel uses this name itself",
            _ when !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') => "only letters, digits, hyphens, underscores and dots may be used",
            _ when !char.IsAsciiLetterOrDigit(name[0]) => "it must begin with a letter or digit",
            _ => null,
        };
        if (reason is not null)
        {
            throw BerthException.BadRequest($"Invalid network name \"{name}\": {reason}");
        }
    }

    /// <summary>Whether the kernel takes it as an interface's name and it can stand in any file that Berth writes.</summary>
    public static bool IsInterfaceName(string name) =>
        name.Length is > 0 and <= MostCharacters
        && name is not ("all" or "default" or "lo" or "." or "..")
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
