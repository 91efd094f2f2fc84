using System.Buffers.Text;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Cgroups;

/// <summary>What a control group has used.</summary>
/// <param name="CpuNanoseconds">CPU time since the group was made, in ns.</param>
/// <param name="MemoryUsage">Memory charged now, in bytes, page cache included.</param>
/// <param name="MemoryUsed">The same without the page cache that can go at once (inactive_file): what "used" means to people. Bytes.</param>
/// <param name="MemoryPeak">The most that was ever charged, in bytes; null: the kernel does not say (v2 before 5.19).</param>
/// <param name="MemoryMax">The ceiling of memory, in bytes; null: none.</param>
/// <param name="SwapUsed">Swap used now, in bytes; null: the kernel does not account for it.</param>
/// <param name="Processes">Processes and threads now; null: the host does not count them.</param>
public readonly record struct CgroupSample(
    long CpuNanoseconds, long MemoryUsage, long MemoryUsed, long? MemoryPeak, long? MemoryMax, long? SwapUsed, long? Processes);

/// <summary>
/// Reads a group's counters again and again: the files are opened at the first look and kept, because finding them costs the kernel
/// more than reading them. Thread-safe. The open files do not keep the group.
/// </summary>
/// <param name="group">Whose CPU time and memory is read.</param>
/// <param name="counted">Whose processes are counted: the group itself, or one below it.</param>
public sealed class CgroupCounters(Cgroup group, Cgroup counted) : IDisposable
{
    private readonly Lock _opening = new();
    private volatile Files? _files;
    private volatile bool _closed;

    /// <exception cref="LinuxException">ENOENT: the group is gone. EBADF: disposed.</exception>
    public CgroupSample Read()
    {
        var files = _files ?? Open();
        try
        {
            return files.Read();
        }
        catch (LinuxException e) when (e.Errno == Errno.ENODEV)
        {
            // It was removed, and may have been made again: a container that reboots has a new one.
            Close(files);
            return Open().Read();
        }
        catch (ObjectDisposedException)
        {
            throw Closed();
        }
    }

    public void Dispose()
    {
        _closed = true;
        Close(_files);
    }

    private Files Open()
    {
        lock (_opening)
        {
            return _closed ? throw Closed() : _files ??= new(group, counted);
        }
    }

    private void Close(Files? files)
    {
        lock (_opening)
        {
            files?.Dispose();
            _files = _files == files ? null : _files;
        }
    }

    private LinuxException Closed() => new(Errno.EBADF, "read the counters of", group.Path);

    private sealed class Files : IDisposable
    {
        private readonly KeptFile _cpu;
        private readonly KeptFile _usage;
        private readonly KeptFile _stat;
        private readonly KeptFile? _peak;
        private readonly KeptFile? _max;
        private readonly KeptFile? _swap;
        private readonly KeptFile? _processes;
        private readonly bool _isV2;
        private readonly bool _cpuIsV2;

        public Files(Cgroup group, Cgroup counted)
        {
            try
            {
                var (memory, isV2) = group.Need("memory");
                _isV2 = isV2;
                var cpuacct = group.DirectoryOf("cpuacct");
                _cpuIsV2 = cpuacct is null;
                _cpu = new(cpuacct is null ? $"{group.NeedUnified}/cpu.stat" : $"{cpuacct}/cpuacct.usage");
                _usage = new($"{memory}/{(isV2 ? "memory.current" : "memory.usage_in_bytes")}");
                _stat = new($"{memory}/memory.stat");
                _peak = KeptFile.TryOpen($"{memory}/{(isV2 ? "memory.peak" : "memory.max_usage_in_bytes")}");
                _max = isV2 ? KeptFile.TryOpen($"{memory}/memory.max") : null;
                _swap = isV2 ? KeptFile.TryOpen($"{memory}/memory.swap.current") : null;
                _processes = counted.DirectoryOf("pids") is { } pids ? KeptFile.TryOpen($"{pids}/pids.current") : null;
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public CgroupSample Read() => _isV2 ? ReadV2() : ReadV1();

        public void Dispose()
        {
            foreach (var file in (ReadOnlySpan<KeptFile?>)[_cpu, _usage, _stat, _peak, _max, _swap, _processes])
            {
                file?.Dispose();
            }
        }

        private CgroupSample ReadV2()
        {
            Span<byte> buffer = stackalloc byte[CgroupFile.MostBytes];
            var cache = CgroupFile.Keyed(_stat.Read(buffer), "inactive_file"u8) ?? 0;
            return Sample(cache, _max?.ReadNumber(), _swap?.ReadNumber());
        }

        /// <summary>v1 says the ceiling and the swap among its statistics.</summary>
        private CgroupSample ReadV1()
        {
            Span<byte> buffer = stackalloc byte[CgroupFile.MostBytes];
            var stat = _stat.Read(buffer);
            return Sample(
                CgroupFile.Keyed(stat, "total_inactive_file"u8) ?? 0,
                CgroupFile.Keyed(stat, "hierarchical_memory_limit"u8) is { } max ? CgroupFile.Limit((ulong)max) : null,
                CgroupFile.Keyed(stat, "total_swap"u8));
        }

        private CgroupSample Sample(long cache, long? max, long? swap)
        {
            var usage = _usage.ReadNumber() ?? 0;
            return new(ReadCpu(), usage, Math.Max(0, usage - cache), _peak?.ReadNumber(), max, swap, _processes?.ReadNumber());
        }

        private long ReadCpu()
        {
            if (!_cpuIsV2)
            {
                return _cpu.ReadNumber() ?? 0;
            }

            Span<byte> buffer = stackalloc byte[CgroupFile.MostBytes];
            return 1000 * (CgroupFile.Keyed(_cpu.Read(buffer), "usage_usec"u8) ?? 0);
        }
    }

    private sealed unsafe class KeptFile(SafeFileHandle file, string path) : IDisposable
    {
        public KeptFile(string path)
            : this(Fd.Open(path, OpenFlags.ReadOnly), path)
        {
        }

        /// <summary>Null: this kernel has no such file.</summary>
        public static KeptFile? TryOpen(string path)
        {
            try
            {
                return new(path);
            }
            catch (LinuxException e) when (e.Errno == Errno.ENOENT)
            {
                return null;
            }
        }

        /// <summary>The content as of now: one pread(2), which the kernel answers whole.</summary>
        public ReadOnlySpan<byte> Read(Span<byte> buffer)
        {
            fixed (byte* pointer = buffer)
            {
                nint n;
                do
                {
                    n = Libc.PRead(file, pointer, (nuint)buffer.Length, 0);
                }
                while (Check.Interrupted(n));
                return buffer[..(int)Check.Result(n, "read", path)];
            }
        }

        public long? ReadNumber()
        {
            Span<byte> buffer = stackalloc byte[64];
            return Utf8Parser.TryParse(Read(buffer), out ulong value, out _) ? CgroupFile.Limit(value) : null;
        }

        public void Dispose() => file.Dispose();
    }
}
