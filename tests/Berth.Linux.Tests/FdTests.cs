namespace Berth.Linux.Tests;

public sealed class FdTests
{
    [Fact]
    public void Open_reports_errno_call_and_path()
    {
        var e = Assert.Throws<LinuxException>(() => Fd.Open("/nonexistent/file", OpenFlags.ReadOnly));
        Assert.Equal(Errno.ENOENT, e.Errno);
        Assert.Equal("openat2 /nonexistent/file: No such file or directory (ENOENT)", e.Message);
    }

    [Fact]
    public void Path_with_a_nul_is_refused_instead_of_cut()
    {
        var e = Assert.Throws<LinuxException>(() => Fd.Open("/etc/passwd\0.txt", OpenFlags.ReadOnly));
        Assert.Equal(Errno.EINVAL, e.Errno);
    }

    [Fact]
    public void Path_that_is_not_unicode_is_refused() =>
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Fd.Open("/tmp/\ud800", OpenFlags.ReadOnly)).Errno);

    [Fact]
    public void Long_path_is_encoded_whole() =>
        Assert.Equal(Errno.ENAMETOOLONG, Assert.Throws<LinuxException>(() => Fd.Open("/" + new string('ä', 3000), OpenFlags.ReadOnly)).Errno);

    [Fact]
    public void Everything_is_close_on_exec()
    {
        using var file = Fd.Open("/etc/passwd", OpenFlags.ReadOnly);
        using var copy = Fd.Duplicate(file);
        var (read, write) = Fd.Pipe();
        using (read)
        using (write)
        {
            Assert.All([file, copy, read, write], fd => Assert.True(Fd.IsCloseOnExec(fd)));
        }
    }

    [Fact]
    public void Confined_walk_does_not_leave_the_directory()
    {
        using var etc = Fd.Open("/etc", OpenFlags.Path | OpenFlags.Directory);
        Assert.Equal(Errno.EXDEV, Assert.Throws<LinuxException>(
            () => Fd.OpenAt2(etc, "../bin/sh", OpenFlags.ReadOnly, 0, ResolveFlags.Beneath)).Errno);
        using var inRoot = Fd.OpenAt2(etc, "/../../passwd", OpenFlags.ReadOnly, 0, ResolveFlags.InRoot);
        Assert.False(inRoot.IsInvalid);
    }

    [Fact]
    public void Kernel_files_are_read_whole()
    {
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/ostype").Trim(), Fd.ReadText("/proc/sys/kernel/ostype"));
        Assert.Contains("VmFlags", Fd.ReadText("/proc/self/smaps"), StringComparison.Ordinal);
    }
}
