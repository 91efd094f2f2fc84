namespace Berth.EndToEnd.Containers;

/// <summary>Files in and out, of running and of stopped containers, and paths that mean harm.</summary>
public abstract class FileTests(TestHost host) : ServerTests(host)
{
    private DirectoryInfo _files = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _files = Directory.CreateTempSubdirectory("berth-e2e-files-");
        await LaunchAsync("c1");
    }

    public override async ValueTask DisposeAsync()
    {
        _files.Delete(recursive: true);
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pushed_with_mode_and_owner_and_pulled_again(bool running)
    {
        await StateAsync(running);
        var source = await WriteAsync("note", "ahoy\n");
        await Server.BerthAsync("file", "push", "--mode", "0640", "--uid", "1000", "--gid", "1000", source, "c1/tmp/note");
        var target = Path.Combine(_files.FullName, "back");
        await Server.BerthAsync("file", "pull", "c1/tmp/note", target);
        Assert.Equal("ahoy\n", await File.ReadAllTextAsync(target, Cancellation));
        await StateAsync(true);
        Assert.Equal("640 1000 1000 ahoy", await ExecAsync("c1", "sh", "-c", "echo $(stat -c '%a %u %g' /tmp/note) $(cat /tmp/note)"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Trees_go_both_ways(bool running)
    {
        await StateAsync(running);
        var tree = Directory.CreateDirectory(Path.Combine(_files.FullName, "tree/deep/er")).Parent!.Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(tree, "deep/er/file"), "bottom", Cancellation);
        File.CreateSymbolicLink(Path.Combine(tree, "link"), "deep/er/file");
        await Server.BerthAsync("file", "push", "--recursive", "--create-dirs", tree, "c1/srv/");
        var back = Directory.CreateDirectory(Path.Combine(_files.FullName, "back")).FullName;
        await Server.BerthAsync("file", "pull", "--recursive", "c1/srv/tree", back);
        Assert.Equal("bottom", await File.ReadAllTextAsync(Path.Combine(back, "tree/deep/er/file"), Cancellation));
        Assert.Equal("deep/er/file", new FileInfo(Path.Combine(back, "tree/link")).LinkTarget);
    }

    /// <summary>The stock client speaks SFTP for all of this.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_stock_client_carries_trees_links_and_modes_over_sftp(bool running)
    {
        await StateAsync(running);
        var tree = Directory.CreateDirectory(Path.Combine(_files.FullName, "tree/deep")).Parent!.FullName;
        var large = new byte[3_000_000];
        Random.Shared.NextBytes(large);
        await File.WriteAllBytesAsync(Path.Combine(tree, "deep/large"), large, Cancellation);
        File.SetUnixFileMode(Path.Combine(tree, "deep/large"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(Path.Combine(tree, "link"), "deep/large");
        await Server.IncusAsync("file", "push", "-r", "-p", tree, "c1/srv/");
        await Server.IncusAsync("file", "create", "--type", "directory", "--mode", "0700", "c1/srv/made");
        var back = Directory.CreateDirectory(Path.Combine(_files.FullName, "back")).FullName;
        await Server.IncusAsync("file", "pull", "-r", "c1/srv", back);
        Assert.Equal(large, await File.ReadAllBytesAsync(Path.Combine(back, "srv/tree/deep/large"), Cancellation));
        Assert.Equal("deep/large", new FileInfo(Path.Combine(back, "srv/tree/link")).LinkTarget);
        (await Server.TryIncusAsync("file", "delete", "c1/srv/tree")).Failed("not empty");
        await Server.IncusAsync("file", "delete", "-f", "c1/srv/tree");
        (await Server.TryIncusAsync("file", "pull", "c1/srv/tree/link", "-")).Failed("exist");
        await StateAsync(true);
        Assert.Equal("700 0 0 made", await ExecAsync("c1", "sh", "-c", "cd /srv; stat -c '%a %u %g %n' *"));
    }

    [Fact]
    public async Task Deleted_files_are_gone()
    {
        await ExecAsync("c1", "sh", "-c", "echo x >/root/note");
        await Server.BerthAsync("file", "delete", "c1/root/note");
        Assert.Equal(1, (await TryExecAsync("c1", "test", "-e", "/root/note")).ExitCode);
        (await Server.TryBerthAsync("file", "delete", "c1/root/note")).Failed("note");
    }

    [Fact]
    public async Task A_missing_file_is_a_clear_error() =>
        (await Server.TryBerthAsync("file", "pull", "c1/root/nothing", _files.FullName + "/")).Failed("nothing");

    /// <summary>Links inside mean what they mean inside: the host's files stay out of reach, both ways.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Links_and_dots_do_not_lead_out(bool running)
    {
        var secret = await WriteAsync("secret", "the host's\n");
        await ExecAsync("c1", "sh", "-c", $"ln -s {_files.FullName} /root/out; ln -s {secret} /root/file; ln -s ../../../../../../../..{_files.FullName} /root/up");
        await StateAsync(running);
        var target = Path.Combine(_files.FullName, "got");
        foreach (var path in new[] { "/root/out/secret", "/root/file", "/root/up/secret", "/../../../../../.." + secret, "/root/../../../.." + secret })
        {
            (await Server.TryBerthAsync("file", "pull", "c1" + path, target)).Failed();
            Assert.False(File.Exists(target), path);
        }

        var evil = await WriteAsync("evil", "evil\n");
        await Server.TryBerthAsync("file", "push", evil, "c1/root/out/planted");
        await Server.TryBerthAsync("file", "push", evil, "c1/root/file");
        await Server.TryBerthAsync("file", "push", evil, "c1/../../../../../../.." + _files.FullName + "/planted");
        await Server.TryBerthAsync("file", "delete", "c1/root/out/secret");
        Assert.False(File.Exists(Path.Combine(_files.FullName, "planted")));
        Assert.Equal("the host's\n", await File.ReadAllTextAsync(secret, Cancellation));
    }

    [Fact]
    public async Task Large_files_arrive_whole()
    {
        var source = Path.Combine(_files.FullName, "large");
        await Host.RunAsync("dd", "if=/dev/urandom", "of=" + source, "bs=1M", "count=64", "status=none");
        await Server.BerthAsync("file", "push", source, "c1/root/large");
        var target = Path.Combine(_files.FullName, "back");
        await Server.BerthAsync("file", "pull", "c1/root/large", target);
        await Host.RunAsync("cmp", source, target);
    }

    private async Task StateAsync(bool running)
    {
        var isRunning = await Server.StatusAsync("c1") == "Running";
        if (running != isRunning)
        {
            await Server.BerthAsync(running ? ["start", "c1"] : ["stop", "--force", "c1"]);
        }
    }

    private async Task<string> WriteAsync(string name, string text)
    {
        var path = Path.Combine(_files.FullName, name);
        await File.WriteAllTextAsync(path, text, Cancellation);
        return path;
    }
}

public sealed class FilesOnDirTests(DirHost host) : FileTests(host), IClassFixture<DirHost>;

public sealed class FilesOnBtrfsTests(BtrfsHost host) : FileTests(host), IClassFixture<BtrfsHost>;
