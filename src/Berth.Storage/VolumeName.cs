using System.Buffers;
using Berth.Core;

namespace Berth.Storage;

/// <summary>Checks what becomes part of a path, before anything touches the disk.</summary>
internal static class VolumeName
{
    /// <summary>A project's name, an underscore and an instance's name, 63 characters each.</summary>
    private const int Longest = 63 + 1 + 63;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~");

    private static readonly SearchValues<char> AllowedInSnapshots =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~:@=,;!#%^()[]{}|<>");

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <exception cref="BerthException">BadRequest: it is not a name.</exception>
    public static void Check(string volume)
    {
        if (volume.Length is 0 or > Longest || volume[0] is '.' or '-' || volume.AsSpan().ContainsAnyExcept(Allowed))
        {
            throw BerthException.BadRequest(
                $"\"{volume}\" cannot name a storage volume: use 1 to {Longest} letters, digits, '-', '_', '.' or '~', not starting with '.' or '-'");
        }
    }

    /// <exception cref="BerthException">BadRequest: it is not the name of a snapshot.</exception>
    public static void CheckSnapshot(string snapshot)
    {
        if (snapshot.Length is 0 or > Longest || snapshot[0] is '.' or '-' || snapshot.AsSpan().ContainsAnyExcept(AllowedInSnapshots))
        {
            throw BerthException.BadRequest(
                $"\"{snapshot}\" cannot name a snapshot: use 1 to {Longest} letters, digits and any of -_.~:@=,;!#%^()[]{{}}|<>, not starting with '.' or '-'");
        }
    }

    /// <exception cref="BerthException">BadRequest: it is not the SHA-256 of an image.</exception>
    public static void CheckFingerprint(string fingerprint)
    {
        if (fingerprint.Length != 64 || fingerprint.AsSpan().ContainsAnyExcept(Hex))
        {
            throw BerthException.BadRequest($"\"{fingerprint}\" is not the fingerprint of an image: 64 lower-case hexadecimal digits are");
        }
    }
}
