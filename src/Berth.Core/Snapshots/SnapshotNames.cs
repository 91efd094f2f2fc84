using System.Buffers;

namespace Berth.Core.Snapshots;

/// <summary>Names of snapshots, as Incus has them: 1 to 64 characters without spaces and what means something in a URL.</summary>
public static class SnapshotNames
{
    private const int Longest = 64;

    private static readonly SearchValues<char> Reserved = SearchValues.Create("/$?&+\"'`*\\");

    /// <exception cref="BerthException">BadRequest that says what is wrong.</exception>
    public static void Validate(string name)
    {
        if (WhyNot(name) is { } reason)
        {
            throw BerthException.BadRequest($"Invalid snapshot name \"{(name.Length <= 80 ? name : name[..80] + "…")}\": {reason}");
        }
    }

    /// <summary>Why it is no name; null when it is one.</summary>
    public static string? WhyNot(string name) => name switch
    {
        "" => "it is empty",
        { Length: > Longest } => $"it has {name.Length} characters, the most is {Longest}",
        _ when name.Any(c => c is <= ' ' or > '~') => "only printable ASCII characters without spaces are allowed",
        _ when name.AsSpan().ContainsAny(Reserved) => "it contains one of / \\ $ ? & + \" ' ` *",
        _ when !char.IsAsciiLetterOrDigit(name[0]) || !char.IsAsciiLetterOrDigit(name[^1]) => "it must begin and end with a letter or digit",
        _ => null,
    };
}
