using Berth.Linux.Namespaces;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Images.Publishing;

/// <summary>
/// Archives a stopped container's root. tar runs as the container's root in a user namespace of its range: it sees the ids that the
/// container sees, reads capabilities in the form that images have, and may do nothing on the host.
/// </summary>
internal static class RootArchive
{
    /// <param name="root">The root, as <see cref="Storage.IStoragePool.MountContainerRootAsync"/> gives it.</param>
    /// <param name="prefix">What every name starts with; empty to archive the directory as it is.</param>
    public static async Task WriteAsync(SafeFileHandle root, uint idBase, string prefix, Stream output, CancellationToken cancel)
    {
        using var users = UserNamespaceFd.Create(new IdMap(idBase));
        var here = $"/proc/{Environment.ProcessId}/fd";
        List<string> argv =
        [
            "nsenter", $"--user={here}/{users.DangerousGetHandle()}", "--",
            "tar", "--create", "--format=pax", "--numeric-owner", "--sparse", "--one-file-system", "--sort=name",
            "--xattrs", "--xattrs-include=user.*", "--xattrs-include=security.capability", "--acls",
        ];
        if (prefix.Length > 0)
        {
            argv.Add($"--transform=s,^\\.,{prefix},S");
        }

        argv.AddRange(["--file=-", "."]);
        await Tool.RunAsync(
            argv,
            new CommandOptions { WorkingDirectory = $"{here}/{root.DangerousGetHandle()}", StdoutTo = output, Timeout = TarStream.Timeout },
            cancel);
    }
}
