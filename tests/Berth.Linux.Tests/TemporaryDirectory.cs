using Berth.Linux.Mounts;

namespace Berth.Linux.Tests;

/// <summary>A directory of a test's own; what is mounted below is unmounted before it is removed.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("berth-linux-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Create(string name) => Directory.CreateDirectory(this[name]).FullName;

    public void Dispose()
    {
        MountApi.UnmountTree(Path);
        Directory.Delete(Path, recursive: true);
    }
}
