using System.Text;
using Berth.Core.Images;
using Berth.Linux.Namespaces;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Backups;

/// <summary>
/// Writes the tar archive of a backup as a stream. Trees and disks are read by tar(1), holes left out; their archives are joined.
/// </summary>
internal sealed class BackupWriter(Stream output)
{
    /// <summary>Longest time that one tree or disk may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromHours(12);

    /// <summary>Two empty blocks end an archive of blocking factor 1.</summary>
    private const int EndMark = 1024;

    private const int Block = 512;

    private static readonly string[] Options =
    [
        "--create", "--format=pax", "--blocking-factor=1", "--numeric-owner", "--sparse", "--one-file-system", "--sort=name", "--warning=no-file-ignored",
        "--xattrs", "--xattrs-include=user.*", "--xattrs-include=security.capability", "--acls",
    ];

    /// <summary>A small file with content of our own.</summary>
    public async Task AddFileAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        await output.WriteAsync(Header(name, content.Length), cancel);
        await output.WriteAsync(content, cancel);
        await output.WriteAsync(new byte[-content.Length & (Block - 1)], cancel);
    }

    /// <summary>Everything in a directory, itself included.</summary>
    /// <param name="prefix">Takes the place of the directory's name.</param>
    /// <param name="idBase">
    /// Host id that is 0 in the archive: tar runs as that user in a user namespace of its range, where it may do nothing on the host.
    /// Null: ids as they are.
    /// </param>
    public async Task AddTreeAsync(SafeFileHandle directory, string prefix, uint? idBase, CancellationToken cancel)
    {
        var here = $"/proc/{Environment.ProcessId}/fd";
        using var users = idBase is { } first ? UserNamespaceFd.Create(new IdMap(first)) : null;
        string[] enter = users is null ? [] : ["nsenter", $"--user={here}/{users.DangerousGetHandle()}", "--"];
        await RunAsync([.. enter, "tar", .. Options, $"--transform=s,^\\.,{prefix},S", "--file=-", "."], $"{here}/{directory.DangerousGetHandle()}", cancel);
    }

    /// <summary>A disk, raw.</summary>
    public Task AddDiskAsync(string path, string name, CancellationToken cancel) => RunAsync(
        ["tar", .. Options, "--owner=0", "--group=0", "--mode=0600", $"--transform=s,^.*$,{name},", "--file=-", "--", Path.GetFileName(path)], Path.GetDirectoryName(path)!, cancel);

    public async Task EndAsync(CancellationToken cancel)
    {
        await output.WriteAsync(new byte[EndMark], cancel);
        await output.FlushAsync(cancel);
    }

    private async Task RunAsync(IReadOnlyList<string> argv, string directory, CancellationToken cancel)
    {
        await using var joined = new HoldBackStream(output, EndMark);
        await Tool.RunAsync(argv, new CommandOptions { WorkingDirectory = directory, StdoutTo = joined, Timeout = Timeout }, cancel);
    }

    /// <summary>A ustar header (POSIX.1-1988), which is enough for short names.</summary>
    private static byte[] Header(string name, long size)
    {
        var header = new byte[Block];
        Put(0, name);
        Put(100, "0000644\0");
        Put(108, "0000000\0");
        Put(116, "0000000\0");
        Put(124, Convert.ToString(size, 8).PadLeft(11, '0') + "\0");
        Put(136, Convert.ToString(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 8).PadLeft(11, '0') + "\0");
        Put(148, "        ");
        Put(156, "0");
        Put(257, "ustar\0" + "00");
        Put(148, Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        return header;

        void Put(int at, string text) => Encoding.ASCII.GetBytes(text).CopyTo(header, at);
    }
}
