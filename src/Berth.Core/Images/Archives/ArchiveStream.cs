using System.IO.Compression;

namespace Berth.Core.Images.Archives;

/// <summary>An archive file, decompressed while it is read.</summary>
internal static class ArchiveStream
{
    private const int BufferSize = 1 << 16;

    /// <exception cref="BerthException">Unsupported when the host lacks the tool for this compression.</exception>
    public static Stream Open(string path, Compression compression)
    {
        if (compression.Command.Count > 0)
        {
            return DecompressingStream.Start(path, compression);
        }

        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferSize, FileOptions.SequentialScan);
        return compression == Compression.Gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
