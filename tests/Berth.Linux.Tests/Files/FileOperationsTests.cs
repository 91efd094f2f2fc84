using Berth.Linux.Files;

namespace Berth.Linux.Tests.Files;

public sealed class FileOperationsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Rename_does_not_replace_unless_told()
    {
        File.WriteAllText(_directory["a"], "a");
        File.WriteAllText(_directory["b"], "b");
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(
            () => FileOperations.Rename(_directory["a"], _directory["b"], RenameFlags.NoReplace)).Errno);
        FileOperations.Rename(_directory["a"], _directory["b"], RenameFlags.Exchange);
        Assert.Equal("a", File.ReadAllText(_directory["b"]));
        FileOperations.Rename(_directory["a"], _directory["b"]);
        Assert.Equal("b", File.ReadAllText(_directory["b"]));
        FileOperations.SyncDirectory(_directory.Path);
    }

    [Fact]
    public void Extended_attributes_of_links_themselves()
    {
        File.CreateSymbolicLink(_directory["link"], "nowhere");
        Assert.Null(FileOperations.GetExtendedAttribute(_directory["link"], "trusted.berth"));
        FileOperations.SetExtendedAttribute(_directory["link"], "trusted.berth", "x"u8);
        Assert.Equal("x"u8.ToArray(), FileOperations.GetExtendedAttribute(_directory["link"], "trusted.berth"));
        FileOperations.RemoveExtendedAttribute(_directory["link"], "trusted.berth");
        FileOperations.RemoveExtendedAttribute(_directory["link"], "trusted.berth");
    }

    [Fact]
    public void File_system_is_measured()
    {
        var proc = FileOperations.StatFileSystem("/proc");
        Assert.Equal(0x9FA0u, proc.Type);
        var here = FileOperations.StatFileSystem(_directory.Path);
        Assert.True(here.Size >= here.Free && here.Free >= here.Available && here.Available > 0);
    }

    [Fact]
    public void Allocated_space_is_there()
    {
        using (var file = Fd.Open(_directory["a"], OpenFlags.ReadWrite | OpenFlags.Create, 0x180))
        {
            FileOperations.Allocate(file, 1 << 20);
        }

        Assert.InRange(FileStatus.Of(_directory["a"]).Allocated, 1 << 20, 2 << 20);
    }

    [Fact]
    public void Time_of_change_is_exact()
    {
        File.WriteAllText(_directory["a"], "x");
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(1234567);
        File.SetLastWriteTimeUtc(_directory["a"], time);
        Assert.Equal(time, FileStatus.Of(_directory["a"]).Modified.UtcDateTime);
    }
}
