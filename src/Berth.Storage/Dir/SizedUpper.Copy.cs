using Berth.Linux;
using Berth.Linux.Files;

namespace Berth.Storage.Dir;

internal static partial class SizedUpper
{
    private const int OwnerOnly = 0x180;

    /// <summary>
    /// Copies the whole filesystem to another directory, as a file: shared where the host's filesystem can, else without its holes.
    /// Nobody may write in it meanwhile.
    /// </summary>
    public static void Copy(string from, string to, CancellationToken cancel)
    {
        // Everything, its journal too, in the file: what is copied then needs no particular order.
        using (var mount = Mount(from))
        {
            FileOperations.SyncFileSystem(Fd.ProcPath(mount));
        }

        using var source = Fd.Open(FileIn(from), OpenFlags.ReadOnly);
        using var target = Fd.Open(FileIn(to), OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, OwnerOnly);
        FileCopy.Copy(source, target, null, cancel);
        FileOperations.Sync(target);
    }

    /// <summary>Shares all blocks of its file with a new one, whoever writes in it: the copy is of one moment, as after a power cut.</summary>
    /// <returns>False: the filesystem below cannot, and nothing was made.</returns>
    public static bool TryClone(string from, string to, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using (var mount = Mount(from))
        {
            FileOperations.SyncFileSystem(Fd.ProcPath(mount));
        }

        using var source = Fd.Open(FileIn(from), OpenFlags.ReadOnly);
        using (var target = Fd.Open(FileIn(to), OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, OwnerOnly))
        {
            if (FileCopy.TryReflink(source, target))
            {
                return true;
            }
        }

        File.Delete(FileIn(to));
        return false;
    }

    /// <summary>Takes the place of another volume's, as one step.</summary>
    public static void Replace(string from, string to) => File.Move(FileIn(from), FileIn(to), overwrite: true);

    /// <summary>Bytes of the disk that it occupies.</summary>
    public static long Allocated(string directory) => Linux.Trees.TreeUsage.OfFile(FileIn(directory));

    public static void Delete(string directory) => File.Delete(FileIn(directory));
}
