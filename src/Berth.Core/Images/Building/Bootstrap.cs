using Berth.Core.Images.Archives;
using Berth.Linux.Processes;

namespace Berth.Core.Images.Building;

/// <summary>Makes a root tree with mmdebstrap, or with debootstrap where that is not installed.</summary>
internal sealed class Bootstrap(BuildPlan plan, Action<int, string> progress)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(30);
    private const int KeptLines = 30;
    private const int ShownLines = 8;

    private readonly Queue<string> _lastLines = new();

    /// <exception cref="BerthException">Unsupported without either tool; Internal with what the tool said.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (Tool.IsInstalled("mmdebstrap"))
        {
            await RunToolAsync(MmdebstrapArguments(), cancel);
        }
        else if (Tool.IsInstalled("debootstrap"))
        {
            await RunToolAsync(["sh", "-ec", DebootstrapScript(), "sh"], cancel);
        }
        else
        {
            throw BerthException.Unsupported("building an image needs mmdebstrap (or debootstrap): install one of them");
        }
    }

    /// <summary>
    /// In namespaces of its own: mounts that it makes in the tree vanish with it, and none of its processes outlives it. Both streams are
    /// one, because the steps come on one and the reasons of a failure on the other.
    /// </summary>
    private async Task RunToolAsync(IReadOnlyList<string> command, CancellationToken cancel)
    {
        using var lines = new LineStream(Read);
        var environment = new Dictionary<string, string>(
            Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(pair => KeyValuePair.Create((string)pair.Key, (string)pair.Value!)))
        {
            ["LC_ALL"] = "C",
            ["DEBIAN_FRONTEND"] = "noninteractive",
            ["TMPDIR"] = plan.WorkDirectory,
        };
        var result = await Spawner.RunAsync(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "sh", "-c", "exec \"$@\" 2>&1", "sh", .. command],
            new CommandOptions { Timeout = Timeout, StdoutTo = lines, Environment = environment, WorkingDirectory = plan.WorkDirectory }, cancel);
        lines.Complete();
        if (!result.Status.Success)
        {
            var said = string.Join('\n', _lastLines.Where(line => !line.StartsWith("I:", StringComparison.Ordinal)).TakeLast(ShownLines));
            throw BerthException.Internal($"cannot build {plan.Distribution.Id}/{plan.Distribution.Release} ({result.Status}): {said}");
        }
    }

    private List<string> MmdebstrapArguments()
    {
        var cache = Quote(plan.Packages.Directory);
        List<string> arguments =
        [
            "mmdebstrap", "--mode=root", "--variant=apt", "--format=directory", $"--architectures={plan.Architecture}",
            $"--include={string.Join(',', plan.PackageNames)}",
            "--aptopt=Apt::Install-Recommends \"false\"", "--aptopt=Acquire::Languages \"none\"", "--aptopt=APT::Keep-Downloaded-Packages \"true\"",
            "--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            "--skip=download/empty", "--skip=essential/unlink",
            $"--setup-hook=mkdir -p \"$1\"/var/cache/apt/archives && find {cache} -name '*.deb' -exec cp -l -t \"$1\"/var/cache/apt/archives {{}} + 2>/dev/null || find {cache} -name '*.deb' -exec cp -t \"$1\"/var/cache/apt/archives {{}} +",
            $"--essential-hook=cp -a {Quote(plan.EarlyDirectory)}/. \"$1\"/",
            $"--customize-hook=find \"$1\"/var/cache/apt/archives -name '*.deb' -exec cp -ln -t {cache} {{}} + 2>/dev/null || find \"$1\"/var/cache/apt/archives -name '*.deb' -exec cp -n -t {cache} {{}} +",
            $"--customize-hook=cp -a --remove-destination {Quote(plan.LateDirectory)}/. \"$1\"/",
            $"--customize-hook=chroot \"$1\" /bin/sh < {Quote(plan.ScriptFile)}",
        ];
        foreach (var (name, value) in plan.Proxies)
        {
            arguments.Add($"--aptopt={name} \"{value}\"");
        }

        if (plan.Keyring is { } keyring)
        {
            arguments.Add($"--keyring={keyring}");
        }

        return [.. arguments, plan.Suite, plan.Tree, plan.SourcesFile];
    }

    /// <summary>debootstrap knows one archive and no hooks; updates come with a second step inside the new root.</summary>
    private string DebootstrapScript()
    {
        var (tree, cache) = (Quote(plan.Tree), Quote(plan.Packages.Directory));
        var uri = plan.Sources[0].Split(' ').First(word => word.StartsWith("http", StringComparison.Ordinal));
        var keyring = plan.Keyring is { } key ? $"--keyring={Quote(key)}" : "";
        return $"""
            echo 'I: downloading and extracting packages...'
            debootstrap --arch={plan.Architecture} --variant=minbase --cache-dir={cache} {keyring} \
              --include={string.Join(',', plan.PackageNames)} {plan.Suite} {tree} {Quote(uri)}
            cp -a {Quote(plan.EarlyDirectory)}/. {tree}/
            cp {Quote(plan.SourcesFile)} {tree}/etc/apt/sources.list
            cp -L --remove-destination /etc/resolv.conf {tree}/etc/resolv.conf
            printf '#!/bin/sh\nexit 101\n' > {tree}/usr/sbin/policy-rc.d && chmod 755 {tree}/usr/sbin/policy-rc.d
            mount -t proc proc {tree}/proc
            echo 'I: installing remaining packages inside the chroot...'
            chroot {tree} apt-get -q update && chroot {tree} apt-get -q -y -o Dpkg::Options::=--force-unsafe-io dist-upgrade
            rm -f {tree}/usr/sbin/policy-rc.d {tree}/etc/resolv.conf
            cp -a --remove-destination {Quote(plan.LateDirectory)}/. {tree}/
            BERTH_REMAKE_INITRD=yes chroot {tree} /bin/sh < {Quote(plan.ScriptFile)}
            umount {tree}/proc
            """;
    }

    private void Read(string line)
    {
        _lastLines.Enqueue(line);
        if (_lastLines.Count > KeptLines)
        {
            _lastLines.Dequeue();
        }

        foreach (var (mark, percent, text) in BuildSteps.Marks)
        {
            if (line.Contains(mark, StringComparison.Ordinal))
            {
                progress(percent, text);
            }
        }
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
