using Berth.Guest.Messages;
using Berth.Linux;

namespace Berth.Agent;

/// <summary>Says a failed system call in the protocol's words.</summary>
internal static class Errors
{
    /// <summary>Null for what is no failure of the request.</summary>
    public static GuestError? ToGuest(Exception e) => e switch
    {
        GuestException guest => new GuestError(guest.Kind, guest.Message),
        LinuxException linux => new GuestError(Kind(linux.Errno), linux.Message),
        FileNotFoundException or DirectoryNotFoundException => new GuestError(GuestErrorKind.NotFound, e.Message),
        UnauthorizedAccessException => new GuestError(GuestErrorKind.Forbidden, e.Message),
        ArgumentException => new GuestError(GuestErrorKind.BadRequest, e.Message),
        IOException when (e.HResult & 0xffff) is Errno.ENOSPC or Errno.EDQUOT => new GuestError(GuestErrorKind.NoSpace, e.Message),
        IOException => new GuestError(GuestErrorKind.Failed, e.Message),
        _ => null,
    };

    private static GuestErrorKind Kind(int errno) => errno switch
    {
        Errno.ENOENT or Errno.ENOTDIR => GuestErrorKind.NotFound,
        Errno.EEXIST or Errno.ENOTEMPTY => GuestErrorKind.Exists,
        Errno.EPERM or Errno.EACCES or Errno.EROFS => GuestErrorKind.Forbidden,
        Errno.ENOSPC or Errno.EDQUOT => GuestErrorKind.NoSpace,
        Errno.EINVAL or Errno.EISDIR or Errno.ENAMETOOLONG or Errno.ELOOP => GuestErrorKind.BadRequest,
        _ => GuestErrorKind.Failed,
    };
}
