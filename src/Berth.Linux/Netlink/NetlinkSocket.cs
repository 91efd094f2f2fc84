using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Berth.Linux.Events;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Netlink;

/// <summary>A raw rtnetlink socket: one request at a time, its answers awaited through the reactor.</summary>
internal sealed class NetlinkSocket : IDisposable
{
    private const int AfNetlink = 16;
    private const int SockRaw = 3;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int SolNetlink = 270;
    private const int CapAck = 10;
    private const int ExtAck = 11;
    private const int NetlinkRoute = 0;
    private const int BufferSize = 64 << 10;

    private readonly SafeFileHandle _socket;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TimeSpan _timeout;
    private uint _sequence;

    /// <summary>An event came while answers were read, or some were lost.</summary>
    private bool _missed;

    public unsafe NetlinkSocket(TimeSpan timeout, uint groups = 0)
    {
        _timeout = timeout;
        _socket = Check.Handle(Libc.Socket(AfNetlink, SockRaw | CloseOnExec | NonBlocking, NetlinkRoute), "socket(AF_NETLINK)");
        try
        {
            // Short acknowledgements with the kernel's words for what it did not like; kernels that know neither still answer.
            int on = 1;
            _ = Libc.SetSockOpt(_socket, SolNetlink, CapAck, &on, sizeof(int));
            _ = Libc.SetSockOpt(_socket, SolNetlink, ExtAck, &on, sizeof(int));
            var address = stackalloc byte[12];
            new Span<byte>(address, 12).Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(new Span<byte>(address, 2), AfNetlink);
            BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(address + 8, 4), groups);
            Check.Result(Libc.Bind(_socket, address, 12), "bind(AF_NETLINK)");
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>A received message's header and body.</summary>
    public delegate void Handler(ushort type, ReadOnlySpan<byte> body);

    /// <summary>Sends a request and hands every message of the answer to <paramref name="handle"/> until the acknowledgement or the end of the dump.</summary>
    public async Task RequestAsync(NetlinkMessage request, string call, string? name, Handler? handle, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_timeout);
        try
        {
            await _turn.WaitAsync(deadline.Token);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                // Answers of a request that was given up carry its number and are skipped.
                var sequence = ++_sequence;
                Send(request.Finish(sequence), call, name);
                while (!Take(await ReceiveAsync(buffer, deadline.Token), sequence, call, name, handle))
                {
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
                _turn.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LinuxException(Errno.ETIMEDOUT, call, name);
        }
    }

    /// <summary>Waits for a multicast message. ENOBUFS: events were lost.</summary>
    public async Task ReceiveEventsAsync(Handler handle, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (ReadOnlyMemory<byte> rest = await ReceiveAsync(buffer, cancellationToken); rest.Length >= NetlinkMessage.HeaderSize;)
            {
                var (length, type, _, _) = Header(rest.Span);
                handle(type, rest.Span[NetlinkMessage.HeaderSize..length]);
                rest = rest[Math.Min(rest.Length, (length + 3) & ~3)..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whether there was a multicast message since the last call, without waiting. Answers of requests are none.</summary>
    public bool TakeEvents()
    {
        _turn.Wait();
        try
        {
            Span<byte> buffer = stackalloc byte[512];
            while (TryReceiveEvent(buffer))
            {
                _missed = true;
            }

            return _missed;
        }
        finally
        {
            _missed = false;
            _turn.Release();
        }
    }

    /// <summary>An event is taken off the queue whatever its length; lost ones (ENOBUFS) count as one.</summary>
    private bool TryReceiveEvent(Span<byte> buffer)
    {
        try
        {
            return TryReceive(buffer) is not null;
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOBUFS)
        {
            return true;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _turn.Dispose();
    }

    private bool Take(ReadOnlyMemory<byte> received, uint sequence, string call, string? name, Handler? handle)
    {
        for (var rest = received.Span; rest.Length >= NetlinkMessage.HeaderSize;)
        {
            var (length, type, flags, number) = Header(rest);
            var body = rest[NetlinkMessage.HeaderSize..length];
            rest = rest[Math.Min(rest.Length, (length + 3) & ~3)..];
            if (number != sequence)
            {
                _missed = true;
                continue;
            }

            if ((flags & RtNetlinkConstants.DumpInterrupted) != 0)
            {
                throw new LinuxException(Errno.EINTR, call, name);
            }

            if (type is RtNetlinkConstants.MsgError or RtNetlinkConstants.MsgDone)
            {
                ThrowOnError(type, flags, body, call, name);
                return true;
            }

            handle?.Invoke(type, body);
        }

        return false;
    }

    private static void ThrowOnError(ushort type, ushort flags, ReadOnlySpan<byte> body, string call, string? name)
    {
        var error = body.Length >= 4 ? -BinaryPrimitives.ReadInt32LittleEndian(body) : 0;
        if (error <= 0)
        {
            return;
        }

        if ((flags & RtNetlinkConstants.AckTlvs) != 0)
        {
            var tlvs = new NetlinkReader(body[(type == RtNetlinkConstants.MsgError ? 20 : 4)..]);
            while (tlvs.Next())
            {
                name = tlvs.Type == 1 ? $"{name} ({tlvs.Text})".TrimStart() : name;
            }
        }

        throw new LinuxException(error, call, name);
    }

    private unsafe void Send(byte[] message, string call, string? name)
    {
        fixed (byte* pointer = message)
        {
            nint n;
            do
            {
                n = Libc.Send(_socket, pointer, (nuint)message.Length, 0);
            }
            while (Check.Interrupted(n));
            Check.Result(n, call, name);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReceiveAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryReceive(buffer) is { } n)
            {
                return buffer.AsMemory(0, n);
            }

            await Reactor.Shared.WaitAsync(_socket, PollEvents.In, cancellationToken);
        }
    }

    private unsafe int? TryReceive(Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint n;
            do
            {
                n = Libc.Recv(_socket, pointer, (nuint)buffer.Length, 0);
            }
            while (Check.Interrupted(n));
            return n < 0 && Marshal.GetLastPInvokeError() == Errno.EAGAIN ? null : (int)Check.Result(n, "recv(AF_NETLINK)");
        }
    }

    private static (int Length, ushort Type, ushort Flags, uint Sequence) Header(ReadOnlySpan<byte> message)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(message);
        return length < NetlinkMessage.HeaderSize || length > message.Length
            ? throw new LinuxException(Errno.EMSGSIZE, "recv(AF_NETLINK)")
            : (length, BinaryPrimitives.ReadUInt16LittleEndian(message[4..]), BinaryPrimitives.ReadUInt16LittleEndian(message[6..]),
                BinaryPrimitives.ReadUInt32LittleEndian(message[8..]));
    }
}
