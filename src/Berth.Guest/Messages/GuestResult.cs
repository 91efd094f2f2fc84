namespace Berth.Guest.Messages;

/// <summary>How a request ended. Null <paramref name="Error"/>: as asked.</summary>
public sealed record GuestResult(GuestError? Error = null);

/// <param name="Message">For a person; names the thing and the reason.</param>
public sealed record GuestError(GuestErrorKind Kind, string Message);

public enum GuestErrorKind
{
    BadRequest,
    NotFound,
    Exists,
    Forbidden,
    NoSpace,
    Unsupported,
    Failed,

    /// <summary>exec: the program is not there (a shell's 127).</summary>
    CommandNotFound,

    /// <summary>exec: the program cannot be run (a shell's 126).</summary>
    CommandNotExecutable,
}

/// <summary>A request failed in the guest.</summary>
public sealed class GuestException(GuestErrorKind kind, string message) : Exception(message)
{
    public GuestErrorKind Kind { get; } = kind;
}
