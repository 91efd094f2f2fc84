using System.Collections.Immutable;
using System.Globalization;
using Berth.Core.Images.Import;
using Berth.Core.Images.Metadata;
using Berth.Linux.Processes;

namespace Berth.Core.Images.Building;

/// <summary>
/// Builds images from the host's own apt mirrors: one image that starts containers and machines. Packages that were loaded once are
/// used again by later builds.
/// </summary>
public sealed class ImageBuilder(ImageStore store)
{
    private const string WorkPrefix = "build-";

    private string Cache => store.Layout.Cache;

    /// <summary>Builds an image, takes it into the store and gives it its alias.</summary>
    /// <param name="progress">Told percent and step, from any thread.</param>
    /// <exception cref="BerthException">
    /// BadRequest: unknown distribution, or the host has no archive of it. Unsupported: a tool is missing. Internal, with what the tool said.
    /// </exception>
    public async Task<ImageRecord> BuildAsync(DistributionRequest request, Action<int, string> progress, CancellationToken cancel)
    {
        var plan = await PlanAsync(request, cancel);
        try
        {
            await PrepareAsync(plan, request.Agent, cancel);
            progress(1, "Starting");
            await new Bootstrap(plan, progress).RunAsync(cancel);
            plan.Packages.Trim();
            progress(BuildSteps.Packing, "Packing the image");
            var files = await PackAsync(plan, request, cancel);
            progress(BuildSteps.Importing, "Importing the image");
            var image = await ImportAsync(plan, request, files, cancel);
            progress(100, "Done");
            return image;
        }
        finally
        {
            Directory.Delete(plan.WorkDirectory, recursive: true);
        }
    }

    /// <summary>Removes what builds left that a crash ended. Called once before the API opens.</summary>
    public void Recover()
    {
        if (Directory.Exists(Cache))
        {
            foreach (var directory in Directory.EnumerateDirectories(Cache, WorkPrefix + "*"))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private async Task<BuildPlan> PlanAsync(DistributionRequest request, CancellationToken cancel)
    {
        var distribution = Distribution.Find(request.Distribution, request.Release);
        CheckPackages(request.Packages);
        var suite = request.Suite ?? distribution.Codename;
        CheckWord(suite, "suite");
        var host = AptSources.OfHost();
        var sources = MirrorFinder.SourcesFor(distribution, suite, host, File.Exists);
        var architecture = Architectures.HostDebian;
        var work = Path.Combine(Cache, WorkPrefix + Guid.NewGuid().ToString("N")[..12]);
        var plan = new BuildPlan
        {
            Distribution = distribution,
            Suite = suite,
            Architecture = architecture,
            PackageNames = [.. distribution.Packages(architecture).Concat(request.Packages).Distinct(StringComparer.Ordinal)],
            Sources = sources,
            Keyring = MirrorFinder.KeyringFor(distribution, host, File.Exists),
            Proxies = await HostProxiesAsync(cancel),
            Packages = new PackageCache(Path.Combine(Cache, "packages", distribution.Id)),
            WorkDirectory = work,
        };
        Directory.CreateDirectory(work, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return plan;
    }

    private static async Task PrepareAsync(BuildPlan plan, string? agent, CancellationToken cancel)
    {
        WriteFiles(plan.EarlyDirectory, GuestFiles.BeforeKernel);
        WriteFiles(plan.LateDirectory, GuestFiles.AfterPackages(agent is not null));
        if (agent is not null)
        {
            var target = Path.Combine(plan.LateDirectory, GuestFiles.AgentPath);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(agent, target);
            File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        await File.WriteAllTextAsync(plan.SourcesFile, string.Join('\n', plan.Sources) + "\n", cancel);
        await File.WriteAllTextAsync(plan.ScriptFile, FinishScript.Text, cancel);
    }

    private static void WriteFiles(string directory, IEnumerable<GuestFile> files)
    {
        Directory.CreateDirectory(directory);
        foreach (var file in files)
        {
            var path = Path.Combine(directory, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (file.IsLink)
            {
                File.CreateSymbolicLink(path, file.Text);
            }
            else
            {
                File.WriteAllText(path, file.Text);
            }
        }
    }

    /// <summary>A split image, as Incus knows it: metadata.tar.xz and a squashfs in zstd, which is read fastest.</summary>
    private async Task<string[]> PackAsync(BuildPlan plan, DistributionRequest request, CancellationToken cancel)
    {
        var tree = plan.Tree;
        var squashfs = Path.Combine(plan.WorkDirectory, "rootfs.squashfs");
        var yaml = Path.Combine(plan.WorkDirectory, "metadata.yaml");
        var metadata = Path.Combine(plan.WorkDirectory, "metadata.tar.xz");
        await File.WriteAllBytesAsync(yaml, MetadataWriter.Write(await DescribeAsync(plan, request, cancel)), cancel);
        await Tool.RunAsync(
            ["tar", "-cJf", metadata, "--owner=0", "--group=0", "--numeric-owner", "-C", plan.WorkDirectory, "metadata.yaml"],
            new CommandOptions(), cancel);
        await Tool.RunAsync(
            ["mksquashfs", tree, squashfs, "-comp", "zstd", "-Xcompression-level", "9", "-noappend", "-quiet", "-no-progress", "-wildcards", "-e", "dev/*", "proc/*", "sys/*"],
            new CommandOptions { Timeout = TimeSpan.FromMinutes(30) }, cancel);
        return [metadata, squashfs];
    }

    private async Task<ImageMetadata> DescribeAsync(BuildPlan plan, DistributionRequest request, CancellationToken cancel)
    {
        var distribution = plan.Distribution;
        var now = store.Clock.GetUtcNow();
        var serial = now.ToString("yyyyMMdd_HH:mm", CultureInfo.InvariantCulture);
        var installed = await Tool.RunAsync(
            ["dpkg-query", $"--admindir={plan.Tree}/var/lib/dpkg", "-W", "-f=${Package} ${Version}\\n"], new CommandOptions(), cancel);
        var properties = new Dictionary<string, string>
        {
            ["os"] = distribution.DisplayName,
            ["release"] = distribution.Release,
            ["codename"] = distribution.Codename,
            ["suite"] = plan.Suite,
            ["architecture"] = plan.Architecture,
            ["serial"] = serial,
            ["variant"] = "default",
            ["description"] = $"{distribution.DisplayName} {distribution.Release} {plan.Architecture} ({serial})",
            ["packages"] = string.Join(' ', request.Packages),
            ["packages.count"] = installed.Stdout.Count(c => c == '\n').ToString(CultureInfo.InvariantCulture),
            ["packages.sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(installed.StdoutBytes.Span)),
        };
        if (request.DiskSize is { } size)
        {
            properties[Disks.MachineDiskBuilder.SizeProperty] = size.ToString(CultureInfo.InvariantCulture);
        }

        return new ImageMetadata
        {
            Architecture = Architectures.Normalize(plan.Architecture),
            CreatedAt = now,
            Properties = properties.Where(pair => pair.Value.Length > 0).ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }

    private async Task<ImageRecord> ImportAsync(BuildPlan plan, DistributionRequest request, string[] files, CancellationToken cancel)
    {
        await using var import = store.BeginImport();
        foreach (var file in files)
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            await import.AddFileAsync(stream, Path.GetFileName(file), null, cancel);
        }

        var image = await import.CompleteAsync(new ImageImportOptions { Project = request.Project }, cancel);
        store.PointAlias(request.Project, request.Alias ?? $"{plan.Distribution.Id}/{plan.Distribution.Release}", image.Fingerprint);
        return image;
    }

    private static async Task<IReadOnlyList<(string Option, string Value)>> HostProxiesAsync(CancellationToken cancel)
    {
        var proxies = new List<(string, string)>();
        foreach (var option in (string[])["Acquire::http::Proxy", "Acquire::https::Proxy"])
        {
            var asked = await Spawner.RunAsync(["apt-config", "dump", "--format", "%v%n", option], null, cancel);
            var value = asked.Status.Success ? asked.Stdout.Trim() : "";
            if (value.Length > 0 && !value.Any(c => c is '"' or '\n' or '\\'))
            {
                proxies.Add((option, value));
            }
        }

        return proxies;
    }

    private static void CheckPackages(IReadOnlyList<string> packages)
    {
        foreach (var package in packages)
        {
            CheckWord(package, "package");
        }
    }

    /// <summary>What goes to a command line and to apt's files is a name and nothing else.</summary>
    private static void CheckWord(string word, string what)
    {
        if (word.Length == 0 || !char.IsAsciiLetterOrDigit(word[0]) || word.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '+' or '.' or '_')))
        {
            throw BerthException.BadRequest($"\"{word}\" is no name of a {what}: letters, digits and + - . _ only");
        }
    }
}
