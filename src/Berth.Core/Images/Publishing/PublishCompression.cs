namespace Berth.Core.Images.Publishing;

/// <summary>What a new image is compressed with.</summary>
/// <param name="Argv">Command that compresses stdin to stdout; empty for none.</param>
public sealed record PublishCompression(IReadOnlyList<string> Argv)
{
    private static readonly string[] s_programs = ["bzip2", "gzip", "lz4", "lzma", "pigz", "pxz", "pzstd", "xz", "zstd"];

    public bool IsNone => Argv.Count == 0;

    /// <summary>Reads <c>none</c>, or a program with a level, such as <c>zstd -9</c>.</summary>
    /// <exception cref="BerthException">BadRequest: unknown, or with arguments that are no level; Unsupported: not installed.</exception>
    public static PublishCompression Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["none"]:
                return new([]);
            case ["squashfs" or "tar2sqfs", ..]:
                throw BerthException.Unsupported($"Images compressed with {words[0]} are not supported; available: none, {string.Join(", ", s_programs)}");
            case [var program, .. var arguments] when s_programs.Contains(program, StringComparer.Ordinal):
                if (arguments.FirstOrDefault(argument => !IsLevel(argument)) is { } other)
                {
                    throw BerthException.BadRequest($"The compression argument \"{other}\" is not allowed: give a level from -1 to -9, or --rsyncable");
                }

                string[] command = program == "lzma" ? ["xz", "--format=lzma"] : [program];
                return Tool.IsInstalled(command[0])
                    ? new([.. command, "-c", .. arguments, .. program is "gzip" or "pigz" ? ["-n"] : Array.Empty<string>()])
                    : throw BerthException.Unsupported($"The compression {program} needs the command {command[0]}, which is not installed on this host");
            default:
                throw BerthException.BadRequest($"There is no compression \"{text}\"; available: none, {string.Join(", ", s_programs)}");
        }
    }

    private static bool IsLevel(string argument) => argument is ['-', >= '1' and <= '9'] or "--rsyncable";
}
