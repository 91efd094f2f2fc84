using Berth.Core.Images;
using Berth.Core.Images.Import;
using Berth.Core.Images.Sources;

namespace Berth.Core.Tests.Images.Sources;

/// <summary>A server of images in memory: one name, whatever is behind it now.</summary>
internal sealed class FakeImageServers : IImageServers
{
    private int _downloads;

    public byte[] Content { get; set; } = ImportTests.Unified();

    public RemoteImage? Promised { get; set; }

    /// <summary>Ends when a download may go on; it has begun by then.</summary>
    public TaskCompletionSource Gate { get; private set; } = Opened();

    public SemaphoreSlim Begun { get; } = new(0);

    public int Downloads => _downloads;

    public void Close() => Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public IImageServer Connect(ImageSourceRecord source, string secret) => new Server(this);

    private static TaskCompletionSource Opened()
    {
        var gate = new TaskCompletionSource();
        gate.SetResult();
        return gate;
    }

    private sealed class Server(FakeImageServers servers) : IImageServer
    {
        private readonly byte[] _content = servers.Content;

        public Task<RemoteImage> FindAsync(string name, string type, CancellationToken cancel) => Task.FromResult(servers.Promised ?? new RemoteImage
        {
            Fingerprint = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(_content)),
            Type = ImageType.Container,
            Architecture = "x86_64",
            Size = _content.Length,
            Properties = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add("os", "Remote"),
        });

        public async Task DownloadAsync(RemoteImage image, ImageImport import, Action<long, long> progress, CancellationToken cancel)
        {
            Interlocked.Increment(ref servers._downloads);
            servers.Begun.Release();
            await servers.Gate.Task.WaitAsync(cancel);
            await import.AddFileAsync(new MemoryStream(_content), "image.tar", new("", image.Size), received => progress(received, image.Size), cancel);
        }

        public void Dispose()
        {
        }
    }
}
