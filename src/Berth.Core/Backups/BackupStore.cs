using System.Text.Json.Serialization;
using Berth.Core.State;

namespace Berth.Core.Backups;

/// <summary>A backup that the server keeps. Immutable.</summary>
public sealed record BackupRecord
{
    public required string Project { get; init; }

    /// <summary>Uuid of the instance or volume, which has it through every rename and move.</summary>
    public required string Owner { get; init; }

    public required string Name { get; init; }

    /// <summary>Name of its file.</summary>
    public required Guid Id { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it goes by itself; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Without the snapshots.</summary>
    public bool Only { get; init; }

    /// <summary>The file is not whole yet: undone by the next daemon.</summary>
    public bool Creating { get; init; }
}

/// <summary>Records and files of backups: record first, file second, the record marked whole last.</summary>
public sealed class BackupStore(IStateStore store, HostLayout layout, TimeProvider time)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly DocumentKind<BackupRecord> Documents = new("backup", BackupJson.Default.BackupRecord);

    /// <summary>Called after every change.</summary>
    internal Action? Changed { get; set; }

    private string Directory => Path.Combine(layout.StateDirectory, "backups");

    public IReadOnlyList<BackupRecord> List(string project, string owner) =>
    [
        .. store.List(Documents, project).Select(d => d.Value).Where(b => b.Owner == owner && !b.Creating)
            .OrderBy(b => b.CreatedAt),
    ];

    /// <summary>All that are whole, by their owners' uuids, each owner's oldest first.</summary>
    public ILookup<string, BackupRecord> ByOwner() =>
        store.List(Documents).Select(d => d.Value).Where(b => !b.Creating).OrderBy(b => b.CreatedAt).ToLookup(b => b.Owner, StringComparer.Ordinal);

    /// <exception cref="BerthException">NotFound, with those that there are.</exception>
    public BackupRecord Get(string project, string owner, string name) =>
        store.Find(Documents, project, NameOf(owner, name))?.Value is { Creating: false } backup
            ? backup
            : throw BerthException.NotFound(
                $"Backup not found: \"{name}\"" + (List(project, owner) is { Count: > 0 } all ? $"; available: {string.Join(", ", all.Select(b => b.Name))}" : ""));

    /// <summary>The first free name of the form backup0, backup1, …</summary>
    public string FreeName(string project, string owner)
    {
        var taken = store.List(Documents, project).Where(d => d.Value.Owner == owner).Select(d => d.Value.Name).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, int.MaxValue).Select(i => $"backup{i}").First(name => !taken.Contains(name));
    }

    /// <exception cref="BerthException">Conflict: the name is taken.</exception>
    public void RefuseTaken(string project, string owner, string name)
    {
        if (store.Find(Documents, project, NameOf(owner, name)) is not null)
        {
            throw BerthException.Conflict($"Backup \"{name}\" already exists");
        }
    }

    /// <param name="write">Writes the backup.</param>
    public async Task<BackupRecord> CreateAsync(BackupRecord wanted, Func<Stream, CancellationToken, Task> write, CancellationToken cancel)
    {
        RefuseTaken(wanted.Project, wanted.Owner, wanted.Name);
        var backup = wanted with { CreatedAt = time.GetUtcNow(), Creating = true };
        store.Put(Documents, backup.Project, NameOf(backup.Owner, backup.Name), backup, expected: 0);
        try
        {
            await using (var file = new FileStream(FileOf(backup), new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                BufferSize = 1 << 18,
            }))
            {
                await write(file, cancel);
                file.Flush(flushToDisk: true);
            }

            var whole = backup with { Creating = false };
            store.Put(Documents, whole.Project, NameOf(whole.Owner, whole.Name), whole);
            Changed?.Invoke();
            return whole;
        }
        catch
        {
            Delete(backup);
            throw;
        }
    }

    public Stream Open(BackupRecord backup) => File.OpenRead(FileOf(backup));

    public BackupRecord Rename(BackupRecord backup, string newName)
    {
        RefuseTaken(backup.Project, backup.Owner, newName);
        var renamed = backup with { Name = newName };
        store.Rename(Documents, backup.Project, NameOf(backup.Owner, backup.Name), NameOf(backup.Owner, newName), renamed);
        return renamed;
    }

    public void Delete(BackupRecord backup)
    {
        store.Delete(Documents, backup.Project, NameOf(backup.Owner, backup.Name));
        File.Delete(FileOf(backup));
    }

    /// <summary>Takes the backups of an instance or volume along into the project that it is in now. Repeatable.</summary>
    public void MoveAll(string owner, string from, string to)
    {
        foreach (var backup in store.List(Documents, from).Select(d => d.Value).Where(b => b.Owner == owner).ToList())
        {
            store.Put(Documents, to, NameOf(owner, backup.Name), backup with { Project = to });
            store.Delete(Documents, from, NameOf(owner, backup.Name));
        }
    }

    /// <summary>Deletes all backups of an instance or volume that is no more.</summary>
    public void DeleteAll(string owner) => DeleteWhere(b => b.Owner == owner);

    /// <summary>Deletes backups whose time has come.</summary>
    public void DeleteExpired() => DeleteWhere(b => b.ExpiresAt <= time.GetUtcNow());

    /// <summary>When backups go by themselves.</summary>
    internal IEnumerable<DateTimeOffset> Expiries() => store.List(Documents).Select(d => d.Value.ExpiresAt).OfType<DateTimeOffset>();

    /// <summary>Removes what the last daemon had not finished.</summary>
    public void Recover()
    {
        System.IO.Directory.CreateDirectory(Directory, Private);
        DeleteWhere(b => b.Creating);
        var known = store.List(Documents).Select(d => d.Value.Id.ToString("N")).ToHashSet(StringComparer.Ordinal);
        foreach (var file in System.IO.Directory.GetFiles(Directory))
        {
            if (!known.Contains(Path.GetFileName(file)))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>A path for something that a backup needs while it is made; the next daemon removes what is left there.</summary>
    internal string TemporaryFile() => Path.Combine(Directory, $"tmp-{Guid.NewGuid():N}");

    private void DeleteWhere(Func<BackupRecord, bool> condition)
    {
        foreach (var backup in store.List(Documents).Select(d => d.Value).Where(condition).ToList())
        {
            Delete(backup);
        }
    }

    private string FileOf(BackupRecord backup) => Path.Combine(Directory, backup.Id.ToString("N"));

    private static string NameOf(string owner, string name) => $"{owner}/{name}";
}

[JsonSerializable(typeof(BackupRecord))]
internal sealed partial class BackupJson : JsonSerializerContext;
