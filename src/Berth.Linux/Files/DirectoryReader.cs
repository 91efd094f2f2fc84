using System.Text;
using Berth.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Files;

/// <summary>A directory's entries in pieces, so that one with millions of them costs no memory. For one thread at a time.</summary>
public sealed class DirectoryReader : IDisposable
{
    private readonly SafeFileHandle _directory;
    private readonly IdMap? _map;
    private readonly byte[] _buffer = new byte[8 << 10];
    private readonly List<DirectoryEntries.Entry> _entries = [];

    internal DirectoryReader(SafeFileHandle directory, IdMap? map)
    {
        _directory = directory;
        _map = map;
    }

    /// <summary>The next entries, without "." and ".."; empty at the end. What was removed meanwhile is left out.</summary>
    public IReadOnlyList<(string Name, FileStatus Status)> Next()
    {
        var found = new List<(string, FileStatus)>();
        bool more;
        do
        {
            _entries.Clear();
            more = DirectoryEntries.ReadSome(_directory, _buffer, _entries);
            foreach (var entry in _entries)
            {
                try
                {
                    found.Add((Encoding.UTF8.GetString(entry.Name.AsSpan(0, entry.Name.Length - 1)), RootedDirectory.Shifted(FileStatus.Of(_directory, entry.Name), _map)));
                }
                catch (LinuxException e) when (e.Errno == Errno.ENOENT)
                {
                    // Removed since the directory was read.
                }
            }
        }
        while (more && found.Count == 0);
        return found;
    }

    public void Dispose() => _directory.Dispose();
}
