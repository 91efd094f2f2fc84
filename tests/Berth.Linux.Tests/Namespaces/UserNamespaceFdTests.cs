using Berth.Linux.Namespaces;

namespace Berth.Linux.Tests.Namespaces;

public sealed class UserNamespaceFdTests
{
    [Fact]
    public void Descriptor_is_of_another_user_namespace_and_no_process_is_left()
    {
        using var ns = UserNamespaceFd.Create(new IdMap(1_000_000));
        var own = new FileInfo("/proc/self/ns/user").LinkTarget;
        var made = new FileInfo(Fd.ProcPath(ns)).LinkTarget;
        Assert.StartsWith("user:[", made, StringComparison.Ordinal);
        Assert.NotEqual(own, made);
        var name = Path.GetFileName(Environment.ProcessPath);
        Assert.DoesNotContain(Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])), p =>
            File.Exists(p + "/ns/user") && new FileInfo(p + "/ns/user").LinkTarget == made);
        Assert.NotNull(name);
    }

    [Fact]
    public async Task Many_threads_at_once() =>
        await Parallel.ForAsync(0, 50, TestContext.Current.CancellationToken, (i, _) =>
        {
            UserNamespaceFd.Create(new IdMap((uint)(1_000_000 + (i * 65536)))).Dispose();
            return ValueTask.CompletedTask;
        });

    [Fact]
    public void Map_beyond_the_ids_there_are_is_refused() =>
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => UserNamespaceFd.Create(new IdMap(uint.MaxValue - 10))).Errno);

    [Fact]
    public void Ids_are_mapped_both_ways()
    {
        var map = new IdMap(100000, 1000);
        Assert.Equal(100999, map.ToHost(999));
        Assert.Throws<ArgumentOutOfRangeException>(() => map.ToHost(1000));
        Assert.Equal(0, map.ToContainer(100000));
        Assert.Null(map.ToContainer(101000));
        Assert.Null(map.ToContainer(0));
    }
}
