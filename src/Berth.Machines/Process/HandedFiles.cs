using System.Runtime.InteropServices;
using Berth.Linux;

namespace Berth.Machines.Process;

/// <summary>
/// Files that QEMU opens through descriptors of ours (/proc/self/fd/N): the directories above them stay closed to its uid, only the
/// files themselves must let it in.
/// </summary>
internal sealed class HandedFiles(int firstFd) : IDisposable
{
    private readonly List<SafeHandle> _handles = [];

    /// <summary>Child descriptor number → handle.</summary>
    public IEnumerable<KeyValuePair<int, SafeHandle>> Fds => _handles.Select((handle, i) => KeyValuePair.Create(firstFd + i, handle));

    /// <summary>The number that an open file will have in QEMU.</summary>
    public int Add(SafeHandle file)
    {
        _handles.Add(file);
        return firstFd + _handles.Count - 1;
    }

    /// <summary>The path under which QEMU finds the file.</summary>
    public string Add(string path)
    {
        _handles.Add(Fd.Open(path, OpenFlags.Path));
        return $"/proc/self/fd/{firstFd + _handles.Count - 1}";
    }

    public void Dispose() => _handles.ForEach(handle => handle.Dispose());
}
