using Berth.Core.Images;

namespace Berth.Core.Backups;

/// <summary>What a backup is compressed with.</summary>
/// <param name="Name">As the API names it.</param>
/// <param name="Argv">Command that compresses stdin to stdout; empty for none.</param>
public sealed record BackupCompression(string Name, IReadOnlyList<string> Argv)
{
    /// <summary>Where nobody says anything: as small as gzip's and several times faster. Incus reads it.</summary>
    public const string Default = "zstd";

    private static readonly Dictionary<string, string[]> Programs = new(StringComparer.Ordinal)
    {
        ["none"] = [],
        ["bzip2"] = ["bzip2", "-c"],
        ["gzip"] = ["gzip", "-c", "-n"],
        ["lz4"] = ["lz4", "-c", "-q"],
        ["lzma"] = ["xz", "--format=lzma", "-c"],
        ["xz"] = ["xz", "-c"],
        ["zstd"] = ["zstd", "-c", "-q", "-T0"],
    };

    /// <param name="text">A name, with a level if wanted (<c>zstd -9</c>); empty takes the default.</param>
    /// <exception cref="BerthException">BadRequest: unknown. Unsupported: not installed here.</exception>
    public static BackupCompression Parse(string text)
    {
        var words = text.Length == 0 ? [Default] : text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || !Programs.TryGetValue(words[0], out var argv))
        {
            throw BerthException.BadRequest($"There is no compression \"{text}\"; available: {string.Join(", ", Programs.Keys)}");
        }

        if (words[1..].FirstOrDefault(w => w is not ['-', >= '1' and <= '9']) is { } wrong)
        {
            throw BerthException.BadRequest($"The compression argument \"{wrong}\" is not allowed: give a level from -1 to -9");
        }

        return argv.Length == 0 || Tool.IsInstalled(argv[0])
            ? new(words[0], [.. argv, .. words[1..]])
            : throw BerthException.Unsupported($"The compression {words[0]} needs the command {argv[0]}, which is not installed on this host");
    }
}
