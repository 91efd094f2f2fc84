using Berth.Core.Profiles;
using Berth.Core.State;
using Microsoft.Data.Sqlite;

namespace Berth.Core.Tests.State;

public sealed class SqliteStateStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berth-state-").FullName;

    private string Database => Path.Combine(_directory, "berth.db");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static ProfileRecord Profile(string description) => new() { Project = "default", Name = "p", Description = description };

    [Fact]
    public void What_was_put_is_there_after_reopening()
    {
        using (var store = SqliteStateStore.Open(Database))
        {
            store.Put(Documents.Profiles, "default", "p", Profile("one"));
        }

        using var again = SqliteStateStore.Open(Database);
        Assert.Equal("one", again.Find(Documents.Profiles, "default", "p")!.Value.Description);
    }

    [Fact]
    public void A_revision_that_is_gone_is_a_conflict_and_changes_nothing()
    {
        using var store = SqliteStateStore.Open(Database);
        var first = store.Put(Documents.Profiles, "default", "p", Profile("one"), expected: 0);
        store.Put(Documents.Profiles, "default", "p", Profile("two"), first);
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<BerthException>(() => store.Put(Documents.Profiles, "default", "p", Profile("x"), first)).Kind);
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<BerthException>(() => store.Put(Documents.Profiles, "default", "p", Profile("x"), 0)).Kind);
        Assert.Equal("two", store.Find(Documents.Profiles, "default", "p")!.Value.Description);
    }

    [Fact]
    public void Revisions_grow_over_reopening()
    {
        long before;
        using (var store = SqliteStateStore.Open(Database))
        {
            before = store.Put(Documents.Profiles, "default", "p", Profile("one"));
        }

        using var again = SqliteStateStore.Open(Database);
        Assert.True(again.Put(Documents.Profiles, "default", "q", Profile("two")) > before);
    }

    [Fact]
    public void A_rename_moves_and_never_overwrites()
    {
        using var store = SqliteStateStore.Open(Database);
        store.Put(Documents.Profiles, "default", "p", Profile("one"));
        store.Put(Documents.Profiles, "default", "q", Profile("two"));
        Assert.Throws<BerthException>(() => store.Rename(Documents.Profiles, "default", "p", "q", Profile("one")));
        store.Rename(Documents.Profiles, "default", "p", "r", Profile("one"));
        Assert.Null(store.Find(Documents.Profiles, "default", "p"));
        Assert.Equal("one", store.Find(Documents.Profiles, "default", "r")!.Value.Description);
    }

    [Fact]
    public void A_second_daemon_is_refused_while_the_first_runs()
    {
        using var store = SqliteStateStore.Open(Database);
        var e = Assert.Throws<BerthException>(() => SqliteStateStore.Open(Database));
        Assert.Contains("another daemon", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_a_newer_version_is_refused()
    {
        SqliteStateStore.Open(Database).Dispose();
        using (var connection = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 999";
            command.ExecuteNonQuery();
        }

        Assert.Contains("999", Assert.Throws<BerthException>(() => SqliteStateStore.Open(Database)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_a_clear_error()
    {
        File.WriteAllText(Database, new string('x', 8192));
        Assert.Contains(Database, Assert.Throws<BerthException>(() => SqliteStateStore.Open(Database)).Message, StringComparison.Ordinal);
    }
}
