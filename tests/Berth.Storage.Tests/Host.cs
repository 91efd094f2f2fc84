using System.Runtime.InteropServices;
using Berth.Linux;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Storage.Tests;

/// <summary>Commands on the host and inside roots.</summary>
internal static class Host
{
    public static async Task<string> RunAsync(params string[] argv) =>
        (await Spawner.RunCheckedAsync(argv, null, TestContext.Current.CancellationToken)).Stdout.Trim();

    /// <summary>Runs a shell script in a root, as one of the container's users and without any capability.</summary>
    public static async Task<(int Code, string Output)> InsideAsync(SafeFileHandle root, uint uid, string script)
    {
        var output = Path.GetTempFileName();
        try
        {
            using (var file = Fd.Open(output, OpenFlags.WriteOnly))
            {
                var child = Spawner.Start(new SpawnOptions
                {
                    Argv = ["sh", "-c", $"cd /proc/self/fd/3 && exec setpriv --reuid={uid} --regid={uid} --clear-groups -- sh -c \"$0\"", script],
                    Fds = new Dictionary<int, SafeHandle> { [1] = file, [2] = file, [3] = root },
                });
                var status = await child.Exited.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
                return (status.Code, (await File.ReadAllTextAsync(output)).Trim());
            }
        }
        finally
        {
            File.Delete(output);
        }
    }

    /// <summary>What must be the same before and after: mounts and loop devices of files below <paramref name="directory"/>.</summary>
    public static string Leftovers(string directory) =>
        string.Join('\n', File.ReadAllLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]).Concat(Loops())
            .Where(path => path.StartsWith(directory, StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    private static IEnumerable<string> Loops() =>
        Directory.EnumerateDirectories("/sys/block", "loop*")
            .Select(loop => Path.Combine(loop, "loop", "backing_file"))
            .Where(File.Exists)
            .Select(ReadOrEmpty)
            .Where(text => text.Length > 0);

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            // Detached since the directory was listed.
            return "";
        }
    }
}
