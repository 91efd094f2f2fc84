using Microsoft.Extensions.Logging;

namespace Berth.Storage;

/// <summary>Everything that the pool drivers log.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} could not be removed and is tried again when the pool is opened next: {Reason}")]
    public static partial void NotRemoved(this ILogger log, string path, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Storage pool {Pool}: removing what a crash left half-made: {Path}")]
    public static partial void HalfMade(this ILogger log, string pool, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "The disks of {Volume} do not fit together; nothing is changed: {Reason}")]
    public static partial void BrokenLayers(this ILogger log, string volume, string reason);
}
