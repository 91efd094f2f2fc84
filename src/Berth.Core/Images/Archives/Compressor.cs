namespace Berth.Core.Images.Archives;

/// <summary>What a new image or backup is compressed with.</summary>
/// <param name="Argv">Command that compresses stdin to stdout; empty for none.</param>
public sealed record Compressor(IReadOnlyList<string> Argv)
{
    private static readonly string[] s_programs = ["bzip2", "gzip", "lz4", "lzma", "pigz", "pxz", "pzstd", "xz", "zstd"];

    public bool IsNone => Argv.Count == 0;

    /// <summary>Why <see cref="Parse"/> would refuse it; null when it would not.</summary>
    public static string? WhyNot(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (BerthException e)
        {
            return e.Message;
        }
    }

    /// <summary>Reads <c>none</c>, or a program with a level, such as <c>zstd -9</c>.</summary>
    /// <exception cref="BerthException">BadRequest: unknown, or with arguments that are no level; Unsupported: not installed.</exception>
    public static Compressor Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["none"]:
                return new([]);
            case ["squashfs" or "tar2sqfs", ..]:
                throw BerthException.Unsupported($"Compression with {words[0]} is not supported; available: none, {string.Join(", ", s_programs)}");
            case [var program, .. var arguments] when s_programs.Contains(program, StringComparer.Ordinal):
                if (arguments.FirstOrDefault(argument => !IsLevel(argument)) is { } other)
                {
                    throw BerthException.BadRequest($"The compression argument \"{other}\" is not allowed: give a level from -1 to -9, or --rsyncable");
                }

                string[] command = program switch
                {
                    "lzma" => ["xz", "--format=lzma"],
                    "zstd" => ["zstd", "-q", "-T0"],
                    "lz4" => ["lz4", "-q"],
                    _ => [program],
                };
                return Tool.IsInstalled(command[0])
                    ? new([.. command, "-c", .. arguments, .. program is "gzip" or "pigz" ? ["-n"] : Array.Empty<string>()])
                    : throw BerthException.Unsupported($"The compression {program} needs the command {command[0]}, which is not installed on this host");
            default:
                throw BerthException.BadRequest($"There is no compression \"{text}\"; available: none, {string.Join(", ", s_programs)}");
        }
    }

    private static bool IsLevel(string argument) => argument is ['-', >= '1' and <= '9'] or "--rsyncable";
}
