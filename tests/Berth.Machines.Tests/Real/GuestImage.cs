using Berth.Linux.Processes;

[assembly: AssemblyFixture(typeof(Berth.Machines.Tests.Real.GuestImage))]

namespace Berth.Machines.Tests.Real;

/// <summary>
/// A small Debian with the agent, made once per run from the host's own mirror: kernel, initrd and a qcow2 disk.
/// BERTH_TEST_GUEST names a directory that has them already.
/// </summary>
public sealed class GuestImage : IAsyncDisposable
{
    private const string Packages = "linux-image-cloud-amd64,systemd-sysv,udev,dbus,iproute2";
    private static readonly CommandOptions s_slow = new() { Timeout = TimeSpan.FromMinutes(10), MaxOutput = 64 << 20 };
    private readonly SemaphoreSlim _making = new(1, 1);
    private bool _owned;

    public string Directory { get; private set; } = "";

    public string Disk => Path.Combine(Directory, "disk.qcow2");

    public string Kernel => Path.Combine(Directory, "kernel");

    public string Initrd => Path.Combine(Directory, "initrd");

    /// <summary>Makes the image for the first test that boots one.</summary>
    public async Task EnsureAsync()
    {
        await _making.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (Directory.Length == 0)
            {
                await MakeAsync();
            }
        }
        finally
        {
            _making.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_owned)
        {
            await RunAsync("rm", "-rf", Directory);
        }
        _making.Dispose();
    }

    private async Task MakeAsync()
    {
        if (Environment.GetEnvironmentVariable("BERTH_TEST_GUEST") is { Length: > 0 } given)
        {
            Directory = given;
            return;
        }
        _owned = true;
        Directory = System.IO.Directory.CreateTempSubdirectory("berth-guest-").FullName;
        var root = Path.Combine(Directory, "root");
        await RunAsync("mmdebstrap", "--quiet", "--variant=minbase", "--include=" + Packages, "bookworm", root);
        await InstallAgentAsync(root);
        await RunAsync("useradd", "-R", root, "-m", "-u", "1000", "-s", "/bin/sh", "bob");
        File.Copy(System.IO.Directory.GetFiles(Path.Combine(root, "boot"), "vmlinuz-*").Single(), Kernel);
        File.Copy(System.IO.Directory.GetFiles(Path.Combine(root, "boot"), "initrd.img-*").Single(), Initrd);
        var raw = Path.Combine(Directory, "disk.raw");
        await RunAsync("mke2fs", "-q", "-t", "ext4", "-d", root, raw, "2G");
        await RunAsync("qemu-img", "convert", "-O", "qcow2", raw, Disk);
        File.Delete(raw);
        foreach (var file in new[] { Kernel, Initrd, Disk })
        {
            File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("644", 8));
        }
        await RunAsync("rm", "-rf", root);
    }

    private static async Task InstallAgentAsync(string root)
    {
        var source = Path.Combine(RepositoryRoot(), "src", "Berth.Agent");
        await RunAsync("sh", Path.Combine(source, "publish.sh"), Path.Combine(root, "usr/lib/berth"));
        var unit = Path.Combine(root, "usr/lib/systemd/system/berth-agent.service");
        File.Copy(Path.Combine(source, "dist/berth-agent.service"), unit);
        var wants = System.IO.Directory.CreateDirectory(Path.Combine(root, "etc/systemd/system/sysinit.target.wants"));
        File.CreateSymbolicLink(Path.Combine(wants.FullName, "berth-agent.service"), "/usr/lib/systemd/system/berth-agent.service");
    }

    private static string RepositoryRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Berth.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }
        return directory;
    }

    private static Task<CommandResult> RunAsync(params string[] argv) => Spawner.RunCheckedAsync(argv, s_slow, TestContext.Current.CancellationToken);
}
