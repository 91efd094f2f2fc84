using Berth.Core;
using Berth.Guest.Messages;

namespace Berth.Machines.Agent;

/// <summary>Says the guest's errors in Berth's words.</summary>
internal static class AgentErrors
{
    public static BerthException ToBerth(GuestErrorKind kind, string message) => new(
        kind switch
        {
            GuestErrorKind.BadRequest or GuestErrorKind.CommandNotExecutable => ErrorKind.BadRequest,
            GuestErrorKind.NotFound or GuestErrorKind.CommandNotFound => ErrorKind.NotFound,
            GuestErrorKind.Exists => ErrorKind.Conflict,
            GuestErrorKind.Forbidden => ErrorKind.Forbidden,
            GuestErrorKind.NoSpace => ErrorKind.NoSpace,
            GuestErrorKind.Unsupported => ErrorKind.Unsupported,
            _ => ErrorKind.Internal,
        },
        message);

    public static BerthException ToBerth(GuestException e) => ToBerth(e.Kind, e.Message);

    public static BerthException Lost(Exception e) =>
        new(ErrorKind.Internal, "The machine or its agent ended in the middle of the request: " + e.Message, e);

    /// <exception cref="BerthException">The request failed.</exception>
    public static async Task ThrowIfFailedAsync(Task<GuestResult> done, CancellationToken cancel)
    {
        GuestResult result;
        try
        {
            result = await done.WaitAsync(cancel);
        }
        catch (IOException e)
        {
            throw Lost(e);
        }
        if (result.Error is { } error)
        {
            throw ToBerth(error.Kind, error.Message);
        }
    }
}
