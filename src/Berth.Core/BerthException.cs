namespace Berth.Core;

/// <summary>What went wrong, in the words of the API. The mapping to HTTP is in Berth.Daemon alone.</summary>
public enum ErrorKind
{
    /// <summary>The request itself is wrong (400).</summary>
    BadRequest,

    /// <summary>The thing named does not exist (404).</summary>
    NotFound,

    /// <summary>It exists already, or its state forbids the request (409).</summary>
    Conflict,

    /// <summary>If-Match did not hold (412).</summary>
    PreconditionFailed,

    /// <summary>The caller may not do this (403).</summary>
    Forbidden,

    /// <summary>Known, but not served by this version or on this host (501).</summary>
    Unsupported,

    /// <summary>No room: disk, ids, addresses (507).</summary>
    NoSpace,

    /// <summary>A deadline passed (504).</summary>
    Timeout,

    /// <summary>The client cancelled (400).</summary>
    Cancelled,

    /// <summary>A fault of Berth or of the host (500).</summary>
    Internal,
}

/// <summary>The one error of Berth. The message names the thing, the reason and the way out; a person reads it.</summary>
public sealed class BerthException(ErrorKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public ErrorKind Kind { get; } = kind;

    public static BerthException BadRequest(string message) => new(ErrorKind.BadRequest, message);

    public static BerthException NotFound(string message) => new(ErrorKind.NotFound, message);

    public static BerthException Conflict(string message) => new(ErrorKind.Conflict, message);

    public static BerthException Unsupported(string message) => new(ErrorKind.Unsupported, message);

    public static BerthException Internal(string message, Exception? inner = null) => new(ErrorKind.Internal, message, inner);
}
