using Microsoft.Extensions.Logging;

namespace Berth.Machines;

internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Information, "Machine {Machine}: QEMU runs as process {Pid} on {Accelerator} ({Reason}), started in {Milliseconds} ms")]
    public static partial void Started(ILogger logger, string machine, int pid, string accelerator, string reason, long milliseconds);

    [LoggerMessage(2, LogLevel.Information, "Machine {Machine}: process {Pid} of an earlier daemon taken over")]
    public static partial void Adopted(ILogger logger, string machine, int pid);

    [LoggerMessage(3, LogLevel.Information, "Machine {Machine}: ended ({Reason})")]
    public static partial void Ended(ILogger logger, string machine, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Machine {Machine}: QEMU crashed or was killed; its log ends with: {Log}")]
    public static partial void Crashed(ILogger logger, string machine, string log);

    [LoggerMessage(5, LogLevel.Warning, "Machine {Machine}: {What} failed, {Consequence}")]
    public static partial void Degraded(ILogger logger, string machine, string what, string consequence, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "Machine {Machine}: QEMU says {Event}")]
    public static partial void QemuEvent(ILogger logger, string machine, string @event);

    [LoggerMessage(7, LogLevel.Information, "Machine {Machine}: agent {State}")]
    public static partial void AgentState(ILogger logger, string machine, string state);
}
