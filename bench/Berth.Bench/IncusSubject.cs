using System.Diagnostics;

namespace Berth.Bench;

/// <summary>The stock Incus daemon, in a directory of its own beside whatever else runs on this host.</summary>
internal sealed class IncusSubject : Subject
{
    private const string Program = "/usr/libexec/incus/incusd";
    private const string Bridge = "incusbench0";

    private readonly Process _daemon;

    private IncusSubject(Place place, Process daemon)
        : base(place)
    {
        _daemon = daemon;
        Api = new Api(Path.Combine(place.StateDirectory, "unix.socket"));
    }

    public static bool IsInstalled => File.Exists(Program) && Host.HasIncus;

    public override bool IsPeer => true;

    public override Api Api { get; }

    public override int DaemonPid => _daemon.Id;

    public static async Task<IncusSubject> StartAsync(Place place, string driver)
    {
        Directory.CreateDirectory(place.StateDirectory);
        var subject = new IncusSubject(place, Process.Start(StartInfo(place)) ?? throw new InvalidOperationException("incusd did not start"));
        try
        {
            (await subject.Cli("admin", "waitready", "--timeout", "60").RunAsync(CancellationToken.None)).Succeeded();
            await subject.InitialiseAsync(driver);
            return subject;
        }
        catch
        {
            await subject.DisposeAsync();
            throw;
        }
    }

    public override Command Cli(params string[] arguments) => new("/usr/bin/incus", arguments)
    {
        Environment = new Dictionary<string, string>
        {
            ["INCUS_DIR"] = Place.StateDirectory,
            ["INCUS_CONF"] = Path.Combine(Place.Root, "incus-client"),
        },
    };

    public override async ValueTask DisposeAsync()
    {
        await TryAsync("admin", "shutdown", "--force", "--timeout", "60");
        Api.Dispose();
        if (!_daemon.HasExited)
        {
            _daemon.Kill();
        }

        await _daemon.WaitForExitAsync();
        _daemon.Dispose();
        await Host.TryAsync("ip", "link", "delete", Bridge);
        await Host.TryAsync("nft", "delete", "table", "inet", "incus");
        await Place.DisposeAsync();
    }

    private static ProcessStartInfo StartInfo(Place place)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" --group root </dev/null >>\"$1\" 2>&1", Program, place.LogFile]);
        start.Environment["INCUS_DIR"] = place.StateDirectory;
        return start;
    }

    private async Task InitialiseAsync(string driver)
    {
        var source = Path.Combine(Place.Root, "incus-pool");
        if (driver == "dir")
        {
            // For btrfs Incus makes a subvolume there.
            Directory.CreateDirectory(source);
        }

        await RunAsync("storage", "create", "default", driver, "source=" + source);
        await RunAsync("network", "create", Bridge, "ipv4.address=10.231.77.1/24", "ipv4.nat=false", "ipv6.address=none");
        await RunAsync("profile", "device", "add", "default", "root", "disk", "path=/", "pool=default");
        await RunAsync("profile", "device", "add", "default", "eth0", "nic", "network=" + Bridge, "name=eth0");
        var image = Path.Combine(Place.Root, "busybox.tar.gz");
        await BusyboxImage.WriteAsync(image);
        await RunAsync("image", "import", image, "--alias", BusyboxImage.Alias);
    }

    private async Task RunAsync(params string[] arguments) => (await TryAsync(arguments)).Succeeded();

    private Task<CommandResult> TryAsync(params string[] arguments) => Cli(arguments).RunAsync(CancellationToken.None);
}
