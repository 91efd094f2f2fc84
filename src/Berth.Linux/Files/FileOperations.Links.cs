using Berth.Linux.Interop;

namespace Berth.Linux.Files;

public static unsafe partial class FileOperations
{
    /// <summary>Gives a file a second name on its file system, link(2); a symbolic link is not followed.</summary>
    /// <exception cref="LinuxException">EEXIST; EMLINK: it has as many names as the file system allows.</exception>
    public static void Link(string from, string to)
    {
        fixed (byte* source = CString.Encode(from), target = CString.Encode(to))
        {
            Check.Result(Libc.LinkAt(Fd.CurrentDirectory, source, Fd.CurrentDirectory, target, 0), "linkat", $"{from} → {to}");
        }
    }
}
