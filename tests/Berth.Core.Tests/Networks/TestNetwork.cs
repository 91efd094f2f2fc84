using Berth.Core.Events;
using Berth.Core.Networks;
using Berth.Core.State;
using Berth.Linux.Netlink;
using Berth.Linux.Processes;

namespace Berth.Core.Tests.Networks;

/// <summary>A host of a test: a state directory, and daemons that come and go. Afterwards nothing is left of it.</summary>
public sealed class TestNetwork : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("berth-network-");
    private readonly SqliteStateStore _store;
    private readonly List<NetworkService> _daemons = [];
    private readonly List<TestGuest> _guests = [];

    public TestNetwork(bool openDirectory = true)
    {
        Assert.SkipUnless(OwnNetworkNamespace.IsHere, "needs root");
        if (openDirectory)
        {
            File.SetUnixFileMode(_directory.FullName, _directory.UnixFileMode | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        }

        Layout = new(Path.Combine(_directory.FullName, "state"), Path.Combine(_directory.FullName, "run"));
        Directory.CreateDirectory(Layout.StateDirectory);
        _store = SqliteStateStore.Open(Layout.Database);
    }

    public HostLayout Layout { get; }

    public RecordingLog Log { get; } = new();

    public RtNetlink Netlink { get; } = RtNetlink.Open();

    /// <summary>The network of the default name.</summary>
    public string Name => Layout.DefaultBridge;

    public string NetworkDirectory => Path.Combine(Layout.Networks, Name);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A daemon on this state; one that was there before is simply forgotten, as if it had been killed.</summary>
    private NetworkService NewDaemon()
    {
        var daemon = new NetworkService(_store, Layout, new EventHub(TimeProvider.System), TimeProvider.System, Log);
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>A daemon that has started. What a host sends to its own addresses goes through its loopback.</summary>
    public async Task<NetworkService> StartDaemonAsync()
    {
        await Netlink.SetUpAsync("lo", true, Cancel);
        var daemon = NewDaemon();
        await daemon.StartAsync(Cancel);
        return daemon;
    }

    public async Task<TestGuest> NewGuestAsync(NetworkService daemon, string instance, params (string Key, string Value)[] config)
    {
        var guest = await TestGuest.PlugInAsync(daemon, Netlink, Name, instance, config);
        _guests.Add(guest);
        return guest;
    }

    public static async Task<string> RunAsync(params string[] argv) =>
        (await Spawner.RunCheckedAsync(argv, new() { Timeout = TimeSpan.FromSeconds(30) }, Cancel)).Stdout;

    /// <summary>Waits until dnsmasq has written that it knows of a lease no more.</summary>
    /// <param name="stays">What is still in its file: without it the file is being written.</param>
    public async Task LeaseGoneAsync(string text, string stays)
    {
        const string leases = "dnsmasq.leases";
        using var watcher = new FileSystemWatcher(NetworkDirectory, leases);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Changed += (_, _) => Look();
        watcher.EnableRaisingEvents = true;
        Look();
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);

        void Look()
        {
            var now = File.ReadAllText(Path.Combine(NetworkDirectory, leases));
            if (now.Contains(stays, StringComparison.Ordinal) && !now.Contains(text, StringComparison.Ordinal))
            {
                gone.TrySetResult();
            }
        }
    }

    /// <summary>Pids of the processes that were started with this host's state directory.</summary>
    public IReadOnlyList<int> Processes() =>
    [
        .. from directory in Directory.EnumerateDirectories("/proc")
           let pid = int.TryParse(Path.GetFileName(directory), out var number) ? number : 0
           where pid > 0 && CommandLine(pid).Contains($"--conf-file={Layout.StateDirectory}/", StringComparison.Ordinal)
           select pid,
    ];

    public async ValueTask DisposeAsync()
    {
        foreach (var guest in _guests)
        {
            guest.Dispose();
        }

        foreach (var daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }

        await using (var last = new NetworkService(_store, Layout, new EventHub(TimeProvider.System), TimeProvider.System, Log))
        {
            await last.StartAsync(CancellationToken.None);
            foreach (var network in last.List())
            {
                await last.DeleteAsync(network.Name, [], CancellationToken.None);
            }
        }

        Netlink.Dispose();
        _store.Dispose();
        var left = Processes();
        _directory.Delete(recursive: true);
        Assert.Empty(left);
    }

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
