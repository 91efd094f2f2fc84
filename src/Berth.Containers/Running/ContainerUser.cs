using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Berth.Linux;

namespace Berth.Containers.Running;

/// <summary>A user as the container's <c>/etc/passwd</c> has it.</summary>
internal sealed record ContainerUser(string Name, string Home)
{
    private const int MaxPasswd = 1 << 20;

    /// <summary>The user's entry; root or "/" where there is none.</summary>
    public static ContainerUser Find(SafeHandle root, uint uid)
    {
        var fallback = uid == 0 ? new ContainerUser("root", "/root") : new ContainerUser(uid.ToString(CultureInfo.InvariantCulture), "/");
        try
        {
            // The file is the container's: it must not lead out, block, or be endless.
            using var passwd = Fd.OpenAt2(
                root, "etc/passwd", OpenFlags.ReadOnly | OpenFlags.NonBlocking, 0, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks);
            var buffer = new byte[MaxPasswd];
            var length = 0;
            while (length < buffer.Length && Fd.TryRead(passwd, buffer.AsSpan(length)) is > 0 and var read)
            {
                length += read;
            }

            return Parse(Encoding.UTF8.GetString(buffer, 0, length), uid) ?? fallback;
        }
        catch (LinuxException)
        {
            // No such file, or none that can be read: a command runs without it too.
            return fallback;
        }
    }

    internal static ContainerUser? Parse(string passwd, uint uid)
    {
        foreach (var line in passwd.Split('\n'))
        {
            if (line.Split(':') is [var name, _, var id, _, _, var home, ..]
                && uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number == uid
                && home.StartsWith('/') && !home.Contains('\0', StringComparison.Ordinal) && !name.Contains('\0', StringComparison.Ordinal))
            {
                return new(name, home);
            }
        }

        return null;
    }
}
