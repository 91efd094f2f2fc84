using Berth.Core.Images;
using Berth.Core.Images.Building;

namespace Berth.Core.Tests.Images;

/// <summary>Builds for real where BERTH_BUILD_TEST names a directory for the result: it takes minutes and a mirror.</summary>
public sealed class BuildTests
{
    private static readonly string? Directory_ = Environment.GetEnvironmentVariable("BERTH_BUILD_TEST");

    [Fact]
    public async Task Debian_is_built_from_the_host_s_mirror()
    {
        Assert.SkipWhen(Directory_ is null, "set BERTH_BUILD_TEST to a directory to build an image");
        var layout = new HostLayout(Directory_!, Path.Combine(Directory_!, "run"));
        var store = new ImageStore(layout, new MemoryStateStore(), TimeProvider.System);
        var request = DistributionRequest.Parse(Environment.GetEnvironmentVariable("BERTH_BUILD_RELEASE") ?? "debian/12") with
        {
            Agent = Environment.GetEnvironmentVariable("BERTH_BUILD_AGENT"),
        };
        var image = await new ImageBuilder(store).BuildAsync(
            request, (percent, step) => TestContext.Current.SendDiagnosticMessage($"{percent} % {step}"), TestHost.Cancel);
        Assert.Equal(image.Fingerprint, store.Resolve("default", $"{request.Distribution}/{request.Release}").Fingerprint);
        Assert.Equal("Debian", image.Properties["os"]);
        Assert.Equal(ImageContentKind.Squashfs, image.Content.Kind);
        Assert.Empty(Directory.EnumerateDirectories(layout.Cache, "build-*"));

        var pool = new FakePool(Path.Combine(Directory_!, "pool"));
        var content = new ImageContent(store);
        await TimedAsync("unpack", () => content.EnsureTreeAsync(pool, image.Fingerprint, TestHost.Cancel));
        await TimedAsync("disk", () => content.EnsureDiskAsync(pool, image.Fingerprint, TestHost.Cancel));
        var machine = await content.EnsureDiskAsync(pool, image.Fingerprint, TestHost.Cancel);
        Assert.NotNull(machine.Initrd);
    }

    private static async Task TimedAsync(string what, Func<Task> work)
    {
        var started = TimeProvider.System.GetTimestamp();
        await work();
        TestContext.Current.SendDiagnosticMessage($"{what}: {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
    }
}
