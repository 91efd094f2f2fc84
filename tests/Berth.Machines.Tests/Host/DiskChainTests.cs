using Berth.Core;
using Berth.Linux.Processes;
using Berth.Machines.CommandLine;
using Berth.Machines.Process;

namespace Berth.Machines.Tests.Host;

public sealed class DiskChainTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("berth-chain-");
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task An_overlay_is_followed_to_its_raw_end()
    {
        var (raw, middle, top) = (At("base.raw"), At("middle.qcow2"), At("top.qcow2"));
        await QemuImgAsync("create", "-q", "-f", "raw", raw, "1M");
        await QemuImgAsync("create", "-q", "-f", "qcow2", "-F", "raw", "-b", raw, middle);
        await QemuImgAsync("create", "-q", "-f", "qcow2", "-o", "compat=0.10", "-F", "qcow2", "-b", "middle.qcow2", top);
        Assert.Equal(
            new MachineDisk(top, "qcow2", new MachineDisk(middle, "qcow2", new MachineDisk(raw, "raw"))),
            DiskChain.Read(top, "qcow2", path => path));
    }

    [Fact]
    public async Task A_disk_on_its_own_has_nothing_below()
    {
        await QemuImgAsync("create", "-q", "-f", "qcow2", At("a.qcow2"), "1M");
        Assert.Null(DiskChain.Read(At("a.qcow2"), "qcow2", path => path).Backing);
    }

    [Fact]
    public void What_is_no_qcow2_is_refused()
    {
        File.WriteAllText(At("x"), "not a disk");
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => DiskChain.Read(At("x"), "qcow2", path => path)).Kind);
    }

    private string At(string name) => Path.Combine(_directory.FullName, name);

    private async Task QemuImgAsync(params string[] arguments) => await Spawner.RunCheckedAsync(["qemu-img", .. arguments], null, _cancel);
}
