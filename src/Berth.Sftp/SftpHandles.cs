using System.Buffers.Binary;
using Berth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Berth.Sftp;

/// <summary>What a client holds open: files and directories, a bounded number.</summary>
internal sealed class SftpHandles : IDisposable
{
    private const int Most = 256;
    private readonly Dictionary<uint, IDisposable> _open = [];
    private uint _last;

    /// <summary>Takes it; the handle that the client gets is its number.</summary>
    /// <exception cref="SftpException">Too many are open; it is closed then.</exception>
    public byte[] Add(IDisposable opened)
    {
        if (_open.Count >= Most)
        {
            opened.Dispose();
            throw new SftpException(SftpStatus.Failure, $"{Most} files are open; close some first");
        }

        while (!_open.TryAdd(++_last, opened))
        {
            // The numbers went round: one of them is still open.
        }

        var handle = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(handle, _last);
        return handle;
    }

    public SafeFileHandle File(ReadOnlySpan<byte> handle) => Find(handle) as SafeFileHandle ?? throw Unknown();

    public DirectoryReader Directory(ReadOnlySpan<byte> handle) => Find(handle) as DirectoryReader ?? throw Unknown();

    public void Close(ReadOnlySpan<byte> handle)
    {
        Find(handle).Dispose();
        _open.Remove(BinaryPrimitives.ReadUInt32BigEndian(handle));
    }

    public void Dispose()
    {
        foreach (var opened in _open.Values)
        {
            opened.Dispose();
        }

        _open.Clear();
    }

    private IDisposable Find(ReadOnlySpan<byte> handle) =>
        handle.Length == 4 && _open.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(handle), out var opened) ? opened : throw Unknown();

    private static SftpException Unknown() => new(SftpStatus.Failure, "there is no such handle of that kind");
}
