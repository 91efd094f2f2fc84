using System.Text;
using Berth.Containers.Tests.Support;
using Berth.Core;
using Berth.Core.Instances;

namespace Berth.Containers.Tests;

public sealed class FilesTests(ContainerHost host) : ContainerTest(host)
{
    [Fact]
    public async Task ARunningContainersFilesAreWhatItSees()
    {
        var instance = await StartReadyAsync();
        await CheckAsync(instance.Files);
        Assert.Equal("1000 0 640\nhello, all\n", (await RunAsync(instance, "sh", "-c", "stat -c '%u %g %a' /tmp/d/f; cat /tmp/d/f")).Stdout);
        Assert.Equal(0, (await RunAsync(instance, "sh", "-c", "ln -s /../../../../etc/passwd /tmp/out; mkfifo /tmp/fifo")).Code);
        using var reader = new StreamReader(await instance.Files.OpenReadAsync("/tmp/out", Cancel));
        Assert.Contains("/home/user", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
        var fifo = await Assert.ThrowsAsync<BerthException>(() => instance.Files.OpenReadAsync("/tmp/fifo", Cancel)).WaitAsync(Soon, Cancel);
        Assert.Equal(ErrorKind.BadRequest, fifo.Kind);
        Assert.Equal(65534u, (await instance.Files.StatAsync("/proc/sys/kernel/pid_max", Cancel)).Uid);
        await instance.KillAsync(Cancel);
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<BerthException>(() => instance.Files.ListAsync("/", Cancel))).Kind);
    }

    [Fact]
    public async Task AStoppedOnesToo()
    {
        var spec = Host.Spec();
        await using (var files = await Host.Engine.OpenStoppedFilesAsync(spec, Cancel))
        {
            await CheckAsync(files);
        }

        var instance = await StartReadyAsync(spec);
        Assert.Equal("1000 0 640\nhello, all\n", (await RunAsync(instance, "sh", "-c", "stat -c '%u %g %a' /tmp/d/f; cat /tmp/d/f")).Stdout);
    }

    private static async Task CheckAsync(IInstanceFiles files)
    {
        await files.CreateDirectoryAsync("/tmp/d", new(), Cancel);
        await files.WriteAsync("/tmp/d/f", Text("hello"), new(1000, null, 0x1a0), append: false, Cancel);
        await files.WriteAsync("/tmp/d/f", Text(", all\n"), new(), append: true, Cancel);
        await files.CreateSymlinkAsync("/tmp/d/l", "f", new(), Cancel);
        var list = await files.ListAsync("/tmp/d", Cancel);
        Assert.Equal(["f", "l"], list.Select(e => e.Name).Order());
        var file = list.Single(e => e.Name == "f");
        Assert.Equal((FileKind.File, 1000u, 0u, 11L), (file.Kind, file.Uid, file.Gid, file.Size));
        Assert.Equal("f", (await files.StatAsync("/tmp/d/l", Cancel)).Target);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<BerthException>(() => files.StatAsync("/tmp/no", Cancel))).Kind);
        Assert.Equal(ErrorKind.BadRequest, (await Assert.ThrowsAsync<BerthException>(() => files.DeleteAsync("/tmp/d", recursive: false, Cancel))).Kind);
        await files.CreateDirectoryAsync("/tmp/e", new(), Cancel);
        await files.WriteAsync("/tmp/e/x", Text("x"), new(), append: false, Cancel);
        await files.DeleteAsync("/tmp/e", recursive: true, Cancel);
        Assert.DoesNotContain(await files.ListAsync("/tmp", Cancel), e => e.Name == "e");
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));
}
