using System.Text;
using Berth.Core.Images;
using Berth.Core.Images.Import;
using Berth.Linux.Processes;

namespace Berth.Core.Tests.Images;

/// <summary>A state directory with an image store, removed at the end.</summary>
internal sealed class TestHost : IDisposable
{
    public TestHost()
    {
        Root = Directory.CreateTempSubdirectory("berth-images-").FullName;
        Layout = new HostLayout(Path.Combine(Root, "state"), Path.Combine(Root, "run"));
        Store = new ImageStore(Layout, State, TimeProvider.System);
    }

    public string Root { get; }

    public HostLayout Layout { get; }

    public MemoryStateStore State { get; } = new();

    public ImageStore Store { get; }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public string Directory_(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    public async Task<ImageRecord> ImportAsync(ImageImportOptions options, params byte[][] files)
    {
        await using var import = Store.BeginImport();
        foreach (var file in files)
        {
            await import.AddFileAsync(new MemoryStream(file), "test", null, Cancel);
        }

        return await import.CompleteAsync(options, Cancel);
    }

    public Task<ImageRecord> ImportAsync(params byte[][] files) => ImportAsync(new ImageImportOptions(), files);

    /// <summary>Runs a shell script with $1 … in the test's directory.</summary>
    public async Task<string> ShellAsync(string script, params string[] arguments)
    {
        var result = await Spawner.RunCheckedAsync(
            ["sh", "-ec", script, "sh", .. arguments], new CommandOptions { WorkingDirectory = Root }, Cancel);
        return result.Stdout;
    }

    /// <summary>What an import that failed must leave behind.</summary>
    public void AssertNothingLeft()
    {
        Assert.Empty(Store.List());
        Assert.Empty(Directory.Exists(Layout.Images) ? Directory.EnumerateFileSystemEntries(Layout.Images) : []);
    }

    public static byte[] Metadata(string properties = "os: Test") =>
        new TarBuilder().File("metadata.yaml", $"architecture: x86_64\ncreation_date: 1700000000\nproperties:\n  {properties}\n").Build();

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
