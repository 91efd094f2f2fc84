namespace Berth.Containers.Running;

/// <summary>What the console printed. The monitor writes it, and keeps the file before as ".1" when it is full.</summary>
internal static class ConsoleLog
{
    private const int MaxBytes = 1 << 20;

    public static async Task<byte[]> ReadAsync(ContainerPaths paths, CancellationToken cancel)
    {
        byte[] all = [.. await ReadFileAsync(paths.ConsoleLog + ".1", cancel), .. await ReadFileAsync(paths.ConsoleLog, cancel)];
        return all.Length <= MaxBytes ? all : all[^MaxBytes..];
    }

    private static async Task<byte[]> ReadFileAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancel);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}
