using Berth.Linux.Files;
using CsCheck;

namespace Berth.Linux.Tests.Files;

public sealed class FileCopyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Holes_stay_holes()
    {
        const long length = 10L << 30;
        using (var source = Fd.Open(_directory["a"], OpenFlags.ReadWrite | OpenFlags.Create, 0x180))
        {
            RandomAccess.SetLength(source, length);
            RandomAccess.Write(source, "middle"u8, 5L << 30);
        }

        Copy("a", "b");
        var status = FileStatus.Of(_directory["b"]);
        Assert.Equal(length, status.Size);
        Assert.InRange(status.Allocated, 1, 1 << 20);
        using var copy = Fd.Open(_directory["b"], OpenFlags.ReadOnly);
        var buffer = new byte[6];
        RandomAccess.Read(copy, buffer, 5L << 30);
        Assert.Equal("middle"u8.ToArray(), buffer);
    }

    [Fact]
    public void Copy_between_file_systems()
    {
        using var tmpfs = Linux.Mounts.MountApi.CreateFileSystem("tmpfs", []);
        Linux.Mounts.MountApi.Move(tmpfs, _directory.Create("tmpfs"));
        var data = new byte[(3 << 20) + 7];
        Random.Shared.NextBytes(data);
        File.WriteAllBytes(_directory["a"], data);
        Copy("a", "tmpfs/b");
        Assert.Equal(data, File.ReadAllBytes(_directory["tmpfs/b"]));
    }

    [Fact]
    public void Any_pattern_of_data_and_holes_is_copied_exactly() =>
        Gen.Select(Gen.Int[0, 60], Gen.Byte).List[0, 12].Sample(parts =>
        {
            using (var source = Fd.Open(_directory["a"], OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate, 0x180))
            {
                foreach (var (block, value) in parts)
                {
                    RandomAccess.Write(source, Enumerable.Repeat(value, 3000).ToArray(), block * 4096L);
                }
            }

            File.Delete(_directory["b"]);
            Copy("a", "b");
            return File.ReadAllBytes(_directory["a"]).AsSpan().SequenceEqual(File.ReadAllBytes(_directory["b"]));
        }, iter: 100, threads: 1);

    [Fact]
    public async Task Cancelled_copy_stops()
    {
        File.WriteAllBytes(_directory["a"], new byte[100]);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        using var from = Fd.Open(_directory["a"], OpenFlags.ReadOnly);
        using var to = Fd.Open(_directory["b"], OpenFlags.WriteOnly | OpenFlags.Create, 0x180);
        Assert.Throws<OperationCanceledException>(() => FileCopy.Copy(from, to, null, cancel.Token));
    }

    private void Copy(string from, string to)
    {
        using var source = Fd.Open(_directory[from], OpenFlags.ReadOnly);
        using var target = Fd.Open(_directory[to], OpenFlags.WriteOnly | OpenFlags.Create, 0x180);
        FileCopy.Copy(source, target, null, TestContext.Current.CancellationToken);
    }
}
