using System.Buffers.Binary;
using Berth.Linux.Interop;

namespace Berth.Linux.Processes;

/// <summary>How a process that is not our child ended, from its pidfd (ioctl_pidfd(2), PIDFD_GET_INFO; Linux 6.15 and later).</summary>
public static unsafe class PidFdStatus
{
    private const int InfoSize = 64;
    private const nuint GetInfo = 0xC000FF0B | (InfoSize << 16);
    private const ulong WantExit = 1 << 3;
    private const int ExitCodeOffset = 60;

    /// <summary>Null: it still runs, has not been reaped by its parent, or this kernel does not tell.</summary>
    public static ExitStatus? TryRead(PidFd process)
    {
        var info = stackalloc byte[InfoSize];
        var span = new Span<byte>(info, InfoSize);
        span.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(span, WantExit);
        try
        {
            if (Libc.Ioctl(process.Handle, GetInfo, info) < 0 || (BinaryPrimitives.ReadUInt64LittleEndian(span) & WantExit) == 0)
            {
                return null;
            }
        }
        catch (ObjectDisposedException)
        {
            // It has been let go of.
            return null;
        }

        // As wait(2) has it: the signal in the low seven bits, the exit code in the next eight.
        var status = BinaryPrimitives.ReadInt32LittleEndian(span[ExitCodeOffset..]);
        return (status & 0x7f) == 0 ? ExitStatus.Exited((status >> 8) & 0xff) : ExitStatus.Killed(status & 0x7f);
    }
}
