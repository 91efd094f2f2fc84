using Berth.Linux.Files;

namespace Berth.Machines.Console;

/// <summary>
/// What the serial port printed. QEMU appends to it, so it goes on while no daemon runs. Its head is given back to the file
/// system as it grows: its length counts on, its blocks do not.
/// </summary>
internal sealed class ConsoleLog(string path)
{
    /// <summary>Bytes kept.</summary>
    public const int Kept = 1 << 20;

    private const int Block = 4096;

    /// <summary>Makes the file for a QEMU that runs as <paramref name="uid"/>; keeps what an earlier run printed.</summary>
    public void Prepare(uint uid)
    {
        using (File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        FileOperations.SetOwner(path, uid, uid);
        Trim();
    }

    public void Trim()
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var head = (RandomAccess.GetLength(file) - Kept) / Block * Block;
        if (head > 0)
        {
            FileOperations.TryPunchHole(file, 0, head);
        }
    }
}
