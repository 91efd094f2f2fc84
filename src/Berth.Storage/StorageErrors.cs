using Berth.Core;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Storage;

/// <summary>Turns what the kernel says about a disk into the one error of Berth.</summary>
internal static class StorageErrors
{
    /// <summary>Whether the filesystem or a quota is full.</summary>
    public static bool IsFull(Exception e) =>
        Number(e) is Errno.ENOSPC or Errno.EDQUOT
        || (e is CommandException && e.Message.Contains(Errno.Describe(Errno.ENOSPC), StringComparison.Ordinal));

    /// <summary>The error for a failed change to the pool; null when <paramref name="e"/> says it already.</summary>
    public static BerthException? Translate(Exception e, string pool, string what) => e switch
    {
        BerthException or OperationCanceledException => null,
        _ when IsFull(e) => new BerthException(ErrorKind.NoSpace,
            $"Storage pool {pool}: no room left to {what}. Delete instances or images, or give the pool more space", e),
        IOException or UnauthorizedAccessException => BerthException.Internal($"Storage pool {pool}: cannot {what}: {e.Message}", e),
        _ => null,
    };

    /// <summary>The errno of an error of the framework or of <see cref="Berth.Linux"/>; 0 when there is none.</summary>
    private static int Number(Exception e) => e switch
    {
        LinuxException linux => linux.Errno,
        // The framework puts the raw errno where it has no HResult of its own, and ENOSPC and EDQUOT have none.
        IOException io => io.HResult,
        _ => 0,
    };
}
