namespace Berth.Core.Server;

/// <summary>Keys that belong to the users: <c>user.ANYTHING</c>, stored and never read by Berth.</summary>
internal static class UserKeys
{
    private const string Prefix = "user.";
    private const int Longest = 256;

    public static bool IsUserKey(string name) =>
        name.Length > Prefix.Length
        && name.Length <= Longest
        && name.StartsWith(Prefix, StringComparison.Ordinal)
        && !name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c));
}
