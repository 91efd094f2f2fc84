using Berth.Core;

namespace Berth.Daemon.Http;

/// <summary>The one place where an error becomes an HTTP status.</summary>
internal static class ErrorMap
{
    public static int ToStatus(ErrorKind kind) => kind switch
    {
        ErrorKind.BadRequest or ErrorKind.Cancelled => StatusCodes.Status400BadRequest,
        ErrorKind.Forbidden => StatusCodes.Status403Forbidden,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
        ErrorKind.Unsupported => StatusCodes.Status501NotImplemented,
        ErrorKind.Timeout => StatusCodes.Status504GatewayTimeout,
        ErrorKind.NoSpace => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status500InternalServerError,
    };
}
