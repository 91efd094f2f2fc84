using System.Net.Sockets;
using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Sockets;

/// <summary>Descriptors through a unix socket (SCM_RIGHTS, unix(7)): QMP getfd and add-fd, consoles, seccomp notifiers.</summary>
public static class FdPassing
{
    /// <summary>Most descriptors in one message (SCM_MAX_FD).</summary>
    public const int MaxFds = 253;

    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int HeaderSize = 16;
    private const int MsgCTrunc = 0x8;
    private const int MsgDontWait = 0x40;
    private const int MsgNoSignal = 0x4000;
    private const int MsgCmsgCloseOnExec = 0x40000000;

    /// <summary>Sends bytes with descriptors; the receiver gets its own copies.</summary>
    /// <param name="socket">A connected unix socket.</param>
    /// <param name="data">At least one byte.</param>
    /// <param name="fds">At most <see cref="MaxFds"/>.</param>
    /// <param name="cancellationToken">Ends the wait for room in the socket's buffer.</param>
    public static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> data, IReadOnlyList<SafeHandle> fds, CancellationToken cancellationToken)
    {
        if (data.IsEmpty || fds.Count > MaxFds)
        {
            throw new ArgumentException($"Descriptors go with at least one byte, {MaxFds} at most.", nameof(fds));
        }

        int? sent;
        while ((sent = TrySend(socket, data.Span, fds)) is null)
        {
            await Events.Reactor.Shared.WaitAsync(socket.SafeHandle, Events.PollEvents.Out, cancellationToken);
        }

        // The descriptors went with the first byte.
        for (var rest = data[sent.Value..]; !rest.IsEmpty;)
        {
            rest = rest[(await socket.SendAsync(rest, SocketFlags.None, cancellationToken))..];
        }
    }

    /// <summary>Receives bytes and the descriptors that came with them.</summary>
    /// <returns>How many bytes (0: the peer closed) and the descriptors, which are the caller's to dispose.</returns>
    /// <exception cref="LinuxException">EMSGSIZE: more descriptors came than expected; none is kept.</exception>
    public static async Task<(int Count, SafeFileHandle[] Fds)> ReceiveAsync(
        Socket socket, Memory<byte> buffer, int maxFds, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxFds, MaxFds);
        while (true)
        {
            if (TryReceive(socket, buffer.Span, maxFds) is { } received)
            {
                return received;
            }

            await Events.Reactor.Shared.WaitAsync(socket.SafeHandle, Events.PollEvents.In, cancellationToken);
        }
    }

    private static unsafe int? TrySend(Socket socket, ReadOnlySpan<byte> data, IReadOnlyList<SafeHandle> fds)
    {
        Span<byte> control = stackalloc byte[Space(fds.Count)];
        control.Clear();
        BitConverter.TryWriteBytes(control, (ulong)(HeaderSize + (4 * fds.Count)));
        BitConverter.TryWriteBytes(control[8..], SolSocket);
        BitConverter.TryWriteBytes(control[12..], ScmRights);
        var held = 0;
        try
        {
            for (; held < fds.Count; held++)
            {
                var referenced = false;
                fds[held].DangerousAddRef(ref referenced);
                BitConverter.TryWriteBytes(control[(HeaderSize + (4 * held))..], (int)fds[held].DangerousGetHandle());
            }

            fixed (byte* dataPointer = data)
            fixed (byte* controlPointer = control)
            {
                var vector = new IoVec { Base = dataPointer, Length = (ulong)data.Length };
                var message = new MsgHdr { Vectors = &vector, VectorCount = 1, Control = controlPointer, ControlLength = (ulong)control.Length };
                if (fds.Count == 0)
                {
                    message.Control = null;
                    message.ControlLength = 0;
                }

                nint n;
                do
                {
                    n = Libc.SendMsg(socket.SafeHandle, &message, MsgNoSignal | MsgDontWait);
                }
                while (Check.Interrupted(n));
                return Done(n, "sendmsg");
            }
        }
        finally
        {
            for (var i = 0; i < held; i++)
            {
                fds[i].DangerousRelease();
            }
        }
    }

    private static unsafe (int, SafeFileHandle[])? TryReceive(Socket socket, Span<byte> buffer, int maxFds)
    {
        Span<byte> control = stackalloc byte[Space(maxFds)];
        fixed (byte* dataPointer = buffer)
        fixed (byte* controlPointer = control)
        {
            var vector = new IoVec { Base = dataPointer, Length = (ulong)buffer.Length };
            var message = new MsgHdr { Vectors = &vector, VectorCount = 1, Control = controlPointer, ControlLength = (ulong)control.Length };
            nint n;
            do
            {
                n = Libc.RecvMsg(socket.SafeHandle, &message, MsgCmsgCloseOnExec | MsgDontWait);
            }
            while (Check.Interrupted(n));
            if (Done(n, "recvmsg") is not { } count)
            {
                return null;
            }

            var fds = Received(control[..(int)message.ControlLength]);
            if ((message.Flags & MsgCTrunc) != 0)
            {
                Array.ForEach(fds, fd => fd.Dispose());
                throw new LinuxException(Errno.EMSGSIZE, "recvmsg(SCM_RIGHTS)");
            }

            return (count, fds);
        }
    }

    private static SafeFileHandle[] Received(ReadOnlySpan<byte> control)
    {
        var fds = new List<SafeFileHandle>();
        while (control.Length >= HeaderSize)
        {
            var length = (int)BitConverter.ToUInt64(control);
            if (BitConverter.ToInt32(control[8..]) == SolSocket && BitConverter.ToInt32(control[12..]) == ScmRights)
            {
                for (var at = HeaderSize; at + 4 <= length; at += 4)
                {
                    fds.Add(new SafeFileHandle(BitConverter.ToInt32(control[at..]), ownsHandle: true));
                }
            }

            control = control[Math.Min(control.Length, Math.Max(HeaderSize, (length + 7) & ~7))..];
        }

        return [.. fds];
    }

    private static int? Done(nint n, string call) =>
        n < 0 && Marshal.GetLastPInvokeError() == Errno.EAGAIN ? null : (int)Check.Result(n, call);

    private static int Space(int fds) => HeaderSize + (((4 * fds) + 7) & ~7);
}
