using Berth.Linux.Processes;

namespace Berth.Linux.Tests.Processes;

public sealed class OwnMemoryTests
{
    [Fact]
    public void Only_what_can_be_read_again_from_its_file_is_dropped()
    {
        string[] smaps =
        [
            "00400000-00405000 r--p 00000000 08:01 42                      /usr/lib/berthd", "Rss:  20 kB", "Anonymous:             0 kB", "VmFlags: rd mr mw me",
            "00405000-00406000 r-xp 00005000 08:01 42                      /usr/lib/berthd", "Anonymous:             0 kB",

            // Relocated, writable, shared, without a file, of the kernel's.
            "00406000-00407000 r--p 00006000 08:01 42                      /usr/lib/berthd", "Anonymous:             4 kB",
            "00407000-00408000 rw-p 00007000 08:01 42                      /usr/lib/berthd", "Anonymous:             0 kB",
            "00408000-00409000 r-xs 00000000 00:01 43                      /memfd:doublemapper (deleted)", "Anonymous:             0 kB",
            "7f0000000000-7f0000001000 r--p 00000000 00:00 0 ", "Anonymous:             0 kB",
            "7ffe00000000-7ffe00001000 r-xp 00000000 00:00 0                          [vdso]", "Anonymous:             0 kB",
        ];
        Assert.Equal([(0x400000, 0x5000), (0x405000, 0x1000)], OwnMemory.Droppable(smaps).Select(r => ((int)r.Start, (int)r.Length)));
    }

    [Fact]
    public void The_process_goes_on_and_is_smaller()
    {
        var before = Mapped();
        Assert.True(OwnMemory.DropUnused() > 1 << 20);
        Assert.True(Mapped() < before);
        Assert.Equal("3", Enumerable.Range(1, 2).Sum().ToString(null as IFormatProvider));
    }

    private static long Mapped() =>
        long.Parse(File.ReadLines("/proc/self/status").Single(l => l.StartsWith("RssFile:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], null) << 10;
}
