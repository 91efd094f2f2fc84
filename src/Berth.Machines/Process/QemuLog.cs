using System.Text;

namespace Berth.Machines.Process;

/// <summary>What QEMU itself had to say.</summary>
internal static class QemuLog
{
    private const int Tail = 2000;

    /// <summary>The last lines, for an error message; empty when there are none.</summary>
    public static string ReadTail(string path)
    {
        if (!File.Exists(path))
        {
            return "";
        }
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var length = RandomAccess.GetLength(file);
        var text = new byte[Math.Min(length, Tail)];
        var read = RandomAccess.Read(file, text, length - text.Length);
        return Encoding.UTF8.GetString(text, 0, read).Trim();
    }
}
