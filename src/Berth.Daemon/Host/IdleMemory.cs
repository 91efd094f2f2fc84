using System.Runtime;
using Berth.Linux.Processes;

namespace Berth.Daemon.Host;

/// <summary>Memory that a daemon with nothing to do does not need.</summary>
internal static partial class IdleMemory
{
    /// <summary>
    /// Gives back what the last requests left on the heap, which nothing else would collect before the next ones, and the pages of the program
    /// that only starting needed.
    /// </summary>
    public static void GiveBack(ILogger log)
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var dropped = OwnMemory.DropUnused();
        var heap = GC.GetTotalMemory(forceFullCollection: false);
        LogGivenBack(log, heap, dropped);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Idle: {Heap} bytes of the heap are in use; up to {Dropped} bytes of programs were let go")]
    private static partial void LogGivenBack(ILogger log, long heap, long dropped);
}
