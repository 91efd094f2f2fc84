using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using Berth.Linux.Interop;
using Berth.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Netlink;

/// <summary>
/// The traffic counters of all interfaces in a network namespace, from /proc/PID/net/dev (proc_pid_net(5)): one call of the
/// kernel a look, where a netlink dump takes three. The open file keeps the namespace.
/// </summary>
public sealed unsafe class InterfaceCounters : IDisposable
{
    private const int FirstSize = 4096;
    private const int MostBytes = 1 << 20;

    /// <summary>Columns of an interface: eight of what it received, eight of what it sent.</summary>
    private const int Columns = 16;

    private readonly SafeFileHandle _file;

    private InterfaceCounters(SafeFileHandle file) => _file = file;

    /// <summary>For a network namespace, given a descriptor of /proc/PID/ns/net.</summary>
    public static InterfaceCounters OpenIn(SafeHandle network) =>
        NamespaceThread.RunInNetwork(network, static () => new InterfaceCounters(Fd.Open("/proc/thread-self/net/dev", OpenFlags.ReadOnly)));

    /// <summary>The counters by the interfaces' names.</summary>
    public Dictionary<string, LinkStats> Read()
    {
        for (var size = FirstSize; ; size *= 4)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                if (ReadInto(buffer) is var n && n < buffer.Length || size >= MostBytes)
                {
                    return Parse(buffer.AsSpan(0, n));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    public void Dispose() => _file.Dispose();

    internal static Dictionary<string, LinkStats> Parse(ReadOnlySpan<byte> content)
    {
        var found = new Dictionary<string, LinkStats>(StringComparer.Ordinal);
        Span<long> columns = stackalloc long[Columns];
        while (content.IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = content[..end];
            content = content[(end + 1)..];

            // A name may hold colons (an alias), a number none.
            if (line.LastIndexOf((byte)':') is > 0 and var colon && TryParse(line[(colon + 1)..], columns))
            {
                found[Encoding.UTF8.GetString(line[..colon].TrimStart((byte)' '))] =
                    new(columns[1], columns[9], columns[0], columns[8], columns[2], columns[10], columns[3], columns[11]);
            }
        }

        return found;
    }

    private static bool TryParse(ReadOnlySpan<byte> text, Span<long> columns)
    {
        for (var i = 0; i < columns.Length; i++)
        {
            text = text.TrimStart((byte)' ');
            if (!Utf8Parser.TryParse(text, out columns[i], out var length))
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }

    private int ReadInto(Span<byte> buffer)
    {
        var filled = 0;
        fixed (byte* pointer = buffer)
        {
            // The kernel answers with as many whole lines as fit a page of its own.
            while (filled < buffer.Length)
            {
                var n = Libc.PRead(_file, pointer + filled, (nuint)(buffer.Length - filled), filled);
                if (Check.Interrupted(n))
                {
                    continue;
                }

                if (Check.Result(n, "read", "/proc/net/dev") == 0)
                {
                    break;
                }

                filled += (int)n;
            }
        }

        return filled;
    }
}
