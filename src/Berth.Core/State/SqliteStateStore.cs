using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Berth.Core.State;

/// <summary>
/// The state of one host in SQLite (WAL, synchronous=FULL: durable when a call returns). The daemon holds the database
/// alone, so documents are kept in memory as well and reading costs no query.
/// </summary>
public sealed class SqliteStateStore : IStateStore, IDisposable
{
    private readonly Lock _writing = new();
    private readonly SqliteConnection _connection;

    /// <summary>Kind → project and name → document: what is asked for is one kind.</summary>
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<(string Project, string Name), Entry>> _kinds = new(StringComparer.Ordinal);
    private long _revision;

    private SqliteStateStore(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens the database at <paramref name="path"/>, making or migrating it.</summary>
    /// <exception cref="BerthException">It is damaged, from a newer Berth, or held by another daemon.</exception>
    public static SqliteStateStore Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            Migrations.Apply(connection);
            var store = new SqliteStateStore(connection);
            store.Load();
            return store;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw BerthException.Internal(
                e.SqliteErrorCode == 5
                    ? $"The state database {path} is held by another daemon; stop that one or use another --state-dir."
                    : $"The state database {path} cannot be opened: {e.Message}. Restore it from a backup.",
                e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public StateDocument<T>? Find<T>(DocumentKind<T> kind, string project, string name)
        where T : class =>
        Of(kind.Name).TryGetValue((project, name), out var entry) ? entry.As(kind, project, name) : null;

    public IReadOnlyList<StateDocument<T>> List<T>(DocumentKind<T> kind, string? project = null)
        where T : class =>
        [.. Of(kind.Name).Where(e => project is null || e.Key.Project == project)
            .Select(e => e.Value.As(kind, e.Key.Project, e.Key.Name))
            .OrderBy(d => d.Project, StringComparer.Ordinal)
            .ThenBy(d => d.Name, StringComparer.Ordinal)];

    public long Put<T>(DocumentKind<T> kind, string project, string name, T value, long? expected = null)
        where T : class
    {
        var json = JsonSerializer.Serialize(value, kind.Json);
        var entries = Of(kind.Name);
        lock (_writing)
        {
            var present = entries.TryGetValue((project, name), out var entry) ? entry.Revision : 0;
            if (expected is { } wanted && wanted != present)
            {
                throw BerthException.Conflict(wanted == 0
                    ? $"The {kind.Name} \"{name}\" already exists"
                    : $"The {kind.Name} \"{name}\" was changed by somebody else meanwhile; read it again");
            }

            using var command = Command(
                """
                INSERT INTO documents (kind, project, name, revision, json) VALUES ($kind, $project, $name, $revision, $json)
                ON CONFLICT (kind, project, name) DO UPDATE SET revision = excluded.revision, json = excluded.json
                """,
                kind.Name, project, name);
            command.Parameters.AddWithValue("$revision", _revision + 1);
            command.Parameters.AddWithValue("$json", json);
            command.ExecuteNonQuery();
            entries[(project, name)] = new(++_revision, null, value);
            return _revision;
        }
    }

    public bool Delete<T>(DocumentKind<T> kind, string project, string name)
        where T : class
    {
        var entries = Of(kind.Name);
        lock (_writing)
        {
            if (!entries.ContainsKey((project, name)))
            {
                return false;
            }

            using var command = Command("DELETE FROM documents WHERE kind = $kind AND project = $project AND name = $name", kind.Name, project, name);
            command.ExecuteNonQuery();
            return entries.TryRemove((project, name), out _);
        }
    }

    public long Rename<T>(DocumentKind<T> kind, string project, string name, string newName, T value)
        where T : class
    {
        var json = JsonSerializer.Serialize(value, kind.Json);
        var entries = Of(kind.Name);
        lock (_writing)
        {
            if (!entries.ContainsKey((project, name)))
            {
                throw BerthException.NotFound($"There is no {kind.Name} \"{name}\"");
            }

            if (entries.ContainsKey((project, newName)))
            {
                throw BerthException.Conflict($"The {kind.Name} \"{newName}\" already exists");
            }

            using var command = Command(
                "UPDATE documents SET name = $new, revision = $revision, json = $json WHERE kind = $kind AND project = $project AND name = $name",
                kind.Name, project, name);
            command.Parameters.AddWithValue("$new", newName);
            command.Parameters.AddWithValue("$revision", _revision + 1);
            command.Parameters.AddWithValue("$json", json);
            command.ExecuteNonQuery();
            entries[(project, newName)] = new(++_revision, null, value);
            entries.TryRemove((project, name), out _);
            return _revision;
        }
    }

    public void Dispose() => _connection.Dispose();

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private ConcurrentDictionary<(string Project, string Name), Entry> Of(string kind) => _kinds.GetOrAdd(kind, static _ => new());

    private SqliteCommand Command(string sql, string kind, string project, string name)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$kind", kind);
        command.Parameters.AddWithValue("$project", project);
        command.Parameters.AddWithValue("$name", name);
        return command;
    }

    private void Load()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT kind, project, name, revision, json FROM documents";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var revision = reader.GetInt64(3);
            Of(reader.GetString(0))[(reader.GetString(1), reader.GetString(2))] = new(revision, reader.GetString(4), null);
            _revision = Math.Max(_revision, revision);
        }
    }

    /// <summary>A document: its value, or its text until the first reading.</summary>
    private sealed class Entry(long revision, string? json, object? value)
    {
        private readonly Lock _parsing = new();
        private string? _json = json;
        private volatile object? _value = value;

        public long Revision { get; } = revision;

        public StateDocument<T> As<T>(DocumentKind<T> kind, string project, string name)
            where T : class => new(project, name, (T)(_value ?? Parse(kind, name)), Revision);

        private object Parse<T>(DocumentKind<T> kind, string name)
            where T : class
        {
            lock (_parsing)
            {
                _value ??= JsonSerializer.Deserialize(_json!, kind.Json) ?? throw BerthException.Internal($"The stored {kind.Name} \"{name}\" is empty");
                _json = null;
                return _value;
            }
        }
    }
}
