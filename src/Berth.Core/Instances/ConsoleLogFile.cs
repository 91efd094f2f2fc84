namespace Berth.Core.Instances;

/// <summary>
/// What an instance's console printed, whoever writes it and whether it runs or not: a container's monitor keeps the file before as
/// ".1" when it is full; QEMU appends to one file whose head is given back.
/// </summary>
public static class ConsoleLogFile
{
    public const string Name = "console.log";

    private const int MaxBytes = 1 << 20;

    /// <summary>The last of it, oldest first, up to 1 MiB; empty when nothing was ever printed.</summary>
    public static async Task<byte[]> ReadAsync(string logDirectory, CancellationToken cancel)
    {
        var path = Path.Combine(logDirectory, Name);
        var present = await ReadTailAsync(path, MaxBytes, cancel);
        return present.Length == MaxBytes ? present : [.. await ReadTailAsync(path + ".1", MaxBytes - present.Length, cancel), .. present];
    }

    /// <summary>Empties it; whoever writes goes on at its end.</summary>
    public static void Clear(string logDirectory)
    {
        var path = Path.Combine(logDirectory, Name);
        File.Delete(path + ".1");
        if (File.Exists(path))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.SetLength(0);
        }
    }

    private static async Task<byte[]> ReadTailAsync(string path, int most, CancellationToken cancel)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
            var length = RandomAccess.GetLength(file);
            var start = Math.Max(0, length - most);
            var text = new byte[length - start];
            var read = 0;
            while (read < text.Length && await RandomAccess.ReadAsync(file, text.AsMemory(read), start + read, cancel) is > 0 and var count)
            {
                read += count;
            }

            return text[..read];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
