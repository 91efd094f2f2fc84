using Berth.Linux.Files;

namespace Berth.Linux.Tests.Files;

/// <summary>Somebody inside changes the tree while the host's root works in it.</summary>
public sealed class RootedDirectoryRaceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Swapping_a_directory_with_a_link_never_leads_outside()
    {
        _directory.Create("outside");
        File.WriteAllText(_directory["outside/file"], "outside");
        _directory.Create("root/real");
        File.WriteAllText(_directory["root/real/file"], "inside");
        File.CreateSymbolicLink(_directory["root/evil"], _directory["outside"]);
        using var root = RootedDirectory.Open(_directory["root"]);
        using var stop = new CancellationTokenSource();
        var swapping = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                FileOperations.Rename(_directory["root/real"], _directory["root/evil"], RenameFlags.Exchange);
            }
        }, TestContext.Current.CancellationToken);
        var writes = 0;
        for (var i = 0; i < 3000; i++)
        {
            try
            {
                using var file = root.OpenWrite("real/file", WriteMode.Overwrite, new FileAttributeChange(i % 100, 0, 0x1B6));
                Fd.WriteAll(file, "pwned"u8);
                writes++;
                using (root.OpenWrite($"real/new{i}", WriteMode.Overwrite, FileAttributeChange.None))
                {
                }

                root.MakeDirectory($"real/dir{i}/x", true, FileAttributeChange.None);
                root.Delete($"real/dir{i}", true);
            }
            catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.EXDEV or Errno.EAGAIN or Errno.EEXIST)
            {
                // The link was there: refused, not followed outside.
            }
        }

        await stop.CancelAsync();
        await swapping;
        Assert.True(writes > 0);
        Assert.Equal("outside", File.ReadAllText(_directory["outside/file"]));
        Assert.Equal(["file"], Directory.GetFileSystemEntries(_directory["outside"]).Select(Path.GetFileName));
        Assert.Equal(0, FileStatus.Of(_directory["outside/file"]).Uid);
    }
}
