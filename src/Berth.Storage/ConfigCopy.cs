namespace Berth.Storage;

/// <summary>The configuration beside a volume's data, replaced as a whole.</summary>
internal static class ConfigCopy
{
    public static async Task WriteAsync(string directory, ReadOnlyMemory<byte> json, CancellationToken cancel)
    {
        var temporary = Path.Combine(directory, PoolLayout.NewConfigFile);
        await using (var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            await file.WriteAsync(json, cancel);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path.Combine(directory, PoolLayout.ConfigFile), overwrite: true);
    }
}
