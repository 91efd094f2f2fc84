using Berth.Linux.Mounts;

namespace Berth.Linux.Tests.Mounts;

public sealed class MountTableTests
{
    [Fact]
    public void Escapes_and_optional_fields_are_parsed()
    {
        var info = MountInfo.Parse(@"36 35 98:0 /mnt\0401 /mnt\011x\134y rw,noatime master:1 shared:7 - fuse.a /dev/\012r rw,errors=continue");
        Assert.Equal(new MountInfo(36, 35, "98:0", "/mnt 1", "/mnt\tx\\y", "rw,noatime", "master:1 shared:7", "fuse.a", "/dev/\nr", "rw,errors=continue"), info);
    }

    [Fact]
    public void Line_without_separator_is_refused() => Assert.Throws<FormatException>(() => MountInfo.Parse("1 2 3:4 / / rw"));

    [Fact]
    public void This_machine_has_a_root_and_a_proc()
    {
        var table = MountTable.Read();
        Assert.Equal("proc", table.Containing("/proc/self/status").FileSystem);
        Assert.NotNull(table.At("/"));
        Assert.Null(table.At("/pro"));
        Assert.Equal(table.Mounts.Count, table.Below("/").Count);
    }
}
