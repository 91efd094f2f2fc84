using System.Threading.Channels;

namespace Berth.EndToEnd.Support;

/// <summary>Directories of one daemon, on the host's file system or on a loop-mounted one.</summary>
internal sealed class Place : IAsyncDisposable
{
    private const long LoopSize = 6L << 30;

    private static readonly TimeSpan _trashDeadline = TimeSpan.FromSeconds(30);

    private readonly bool _isMount;

    private Place(string root, bool isMount)
    {
        Root = root;
        _isMount = isMount;
        // As /var/lib/berth is: closed to look into, open to pass through, for the users that instances run as.
        File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(RuntimeDirectory);
    }

    public string Root { get; }

    public string StateDirectory => Path.Combine(Root, "state");

    public string RuntimeDirectory => Path.Combine(Root, "run");

    public string Socket => Path.Combine(RuntimeDirectory, "berth.socket");

    public string LogFile => Path.Combine(Root, "berthd.log");

    public string Tag => Host.Tag(StateDirectory);

    public string Bridge => "berthbr-" + Tag;

    /// <summary>On the file system that holds the temporary directory.</summary>
    public static Place OnHost() => new(NewDirectory(), isMount: false);

    /// <summary>On a btrfs of its own, in a sparse file on a loop device.</summary>
    public static async Task<Place> OnBtrfsAsync()
    {
        var root = NewDirectory();
        var file = root + ".img";
        await using (var image = File.Create(file))
        {
            image.SetLength(LoopSize);
        }

        await Host.RunAsync("mkfs.btrfs", "-q", file);
        await Host.RunAsync("mount", "-o", "loop", file, root);
        return new Place(root, isMount: true);
    }

    /// <summary>A deleted root is out of the way at once; its files are removed behind the answer's back.</summary>
    public async Task TrashEmptiedAsync(CancellationToken cancellation)
    {
        var trash = Path.Combine(StateDirectory, "storage-pools", "default", "trash");
        if (!Directory.Exists(trash))
        {
            return;
        }

        var changed = Channel.CreateUnbounded<string>();
        using var watcher = new FileSystemWatcher(trash);
        watcher.Deleted += (_, e) => changed.Writer.TryWrite(e.FullPath);
        watcher.EnableRaisingEvents = true;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_trashDeadline);
        while (Directory.EnumerateFileSystemEntries(trash).Any())
        {
            await changed.Reader.ReadAsync(deadline.Token);
        }
    }

    /// <summary>The end of the daemon's log.</summary>
    public string Log() => File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(60)) : "(no log)";

    public async ValueTask DisposeAsync()
    {
        await Wreckage.ClearAsync(this);
        if (_isMount)
        {
            await Host.RunAsync("umount", Root);
            File.Delete(Root + ".img");
        }

        await Host.RunAsync("rm", "-rf", "--one-file-system", Root);
    }

    private static string NewDirectory() => Directory.CreateTempSubdirectory("berth-e2e-").FullName;
}
