using Berth.Linux.Cgroups;
using Berth.Linux.Mounts;

namespace Berth.Linux.Tests.Cgroups;

public sealed class CgroupHostTests
{
    private const string V2 = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n";

    private const string V1 = """
        31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd

        """;

    [Fact]
    public void Pure_v2()
    {
        var host = Detect(V2);
        Assert.Equal(CgroupLayout.Unified, host.Layout);
        Assert.Equal("/sys/fs/cgroup/berth/a", host.Group("berth/a").DirectoryOf("memory"));
        Assert.Null(host.Find("freezer"));
    }

    [Fact]
    public void Hybrid()
    {
        var host = Detect(V1 + "38 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", "hugetlb");
        Assert.Equal(CgroupLayout.Hybrid, host.Layout);
        Assert.Empty(host.Enabled);
        Assert.Equal("/sys/fs/cgroup/memory/berth", host.Group("berth").DirectoryOf("memory"));
        Assert.Equal(
            ["/sys/fs/cgroup/unified/berth", "/sys/fs/cgroup/cpu,cpuacct/berth", "/sys/fs/cgroup/memory/berth", "/sys/fs/cgroup/systemd/berth"], host.Group("berth").Directories);
    }

    [Fact]
    public void Pure_v1() => Assert.Equal(CgroupLayout.Legacy, Detect(V1).Layout);

    [Fact]
    public void None_says_what_to_do() =>
        Assert.Contains("mount cgroup2", Assert.Throws<InvalidOperationException>(() => Detect("1 0 0:1 / / rw - ext4 /dev/sda rw\n")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("/berth")]
    [InlineData("berth/../x")]
    [InlineData("berth//x")]
    public void Paths_that_leave_are_refused(string path) => Assert.Throws<ArgumentException>(() => Detect(V2).Group(path));

    private static CgroupHost Detect(string mounts, string controllers = "cpuset cpu io memory pids") =>
        CgroupHost.Detect(MountTable.Parse(mounts), _ => controllers);
}
