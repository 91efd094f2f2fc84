using System.Buffers.Binary;
using Berth.Linux;
using Berth.Linux.Files;

namespace Berth.Sftp;

/// <summary>
/// Serves SFTP version 3 (draft-ietf-secsh-filexfer-02, with OpenSSH's order of SYMLINK's arguments and its extensions posix-rename,
/// statvfs and fsync) over a directory that no path leads out of. One session per instance of this class.
/// </summary>
/// <param name="open">The directory for one request; disposed after it, so that a session does not keep it in use.</param>
public sealed class SftpServer(Func<RootedDirectory> open)
{
    private const uint ProtocolVersion = 3;

    /// <summary>Longest packet, in bytes: what OpenSSH takes.</summary>
    private const int LongestPacket = 256 << 10;

    private readonly SftpWriter _answer = new();

    /// <summary>Serves until the client ends the stream. What it left open is closed.</summary>
    /// <exception cref="InvalidDataException">The client does not speak SFTP, or sent a packet that is too long.</exception>
    public async Task RunAsync(Stream input, Stream output, CancellationToken cancel)
    {
        using var handles = new SftpHandles();
        var requests = new SftpRequests(open, handles, _answer);
        var header = new byte[4];
        var buffer = new byte[4096];
        var greeted = false;
        while (await input.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancel) == header.Length)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (length is 0 or > LongestPacket)
            {
                throw new InvalidDataException($"an SFTP packet has {length} bytes; 1 to {LongestPacket} are taken");
            }

            if (buffer.Length < length)
            {
                buffer = new byte[Math.Max((int)length, Math.Min(LongestPacket, buffer.Length * 2))];
            }

            await input.ReadExactlyAsync(buffer.AsMemory(0, (int)length), cancel);
            if (!greeted)
            {
                Greet(buffer.AsSpan(0, (int)length));
                greeted = true;
            }
            else
            {
                Answer(requests, buffer.AsSpan(0, (int)length));
            }

            _answer.End();
            await output.WriteAsync(_answer.Packet, cancel);
            await output.FlushAsync(cancel);
        }
    }

    private void Greet(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < 5 || packet[0] != (byte)SftpPacket.Init)
        {
            throw new InvalidDataException("the first packet is not SSH_FXP_INIT");
        }

        _answer.Begin(SftpPacket.Version);
        _answer.UInt32(ProtocolVersion);
        foreach (var (name, version) in SftpRequests.Extensions)
        {
            _answer.Text(name);
            _answer.Text(version);
        }
    }

    private void Answer(SftpRequests requests, ReadOnlySpan<byte> packet)
    {
        var request = packet.Length >= 5
            ? BinaryPrimitives.ReadUInt32BigEndian(packet[1..])
            : throw new InvalidDataException("an SFTP packet is too short to have an id");
        try
        {
            requests.Answer((SftpPacket)packet[0], request, new(packet[5..]));
        }
        catch (SftpException e)
        {
            _answer.Status(request, e.Status, e.Message);
        }
        catch (LinuxException e)
        {
            _answer.Status(request, ToStatus(e.Errno), e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            _answer.Status(request, e is UnauthorizedAccessException ? SftpStatus.PermissionDenied : SftpStatus.Failure, e.Message);
        }
    }

    private static SftpStatus ToStatus(int errno) => errno switch
    {
        Errno.ENOENT => SftpStatus.NoSuchFile,
        Errno.EACCES or Errno.EPERM or Errno.EROFS => SftpStatus.PermissionDenied,
        Errno.EOPNOTSUPP => SftpStatus.Unsupported,
        _ => SftpStatus.Failure,
    };
}
