using Microsoft.Data.Sqlite;

namespace Berth.Core.State;

/// <summary>The database's schema, one step per version (<c>PRAGMA user_version</c>). A step, once released, never changes.</summary>
internal static class Migrations
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE documents (
            kind TEXT NOT NULL,
            project TEXT NOT NULL,
            name TEXT NOT NULL,
            revision INTEGER NOT NULL,
            json TEXT NOT NULL,
            PRIMARY KEY (kind, project, name)
        ) WITHOUT ROWID;
        """,
    ];

    public static void Apply(SqliteConnection connection)
    {
        using var query = connection.CreateCommand();
        query.CommandText = "PRAGMA user_version";
        var version = Convert.ToInt32(query.ExecuteScalar(), null);
        if (version > Steps.Length)
        {
            throw BerthException.Internal(
                $"The state database has version {version}, this Berth knows up to {Steps.Length}: install the newer Berth that wrote it.");
        }

        for (; version < Steps.Length; version++)
        {
            using var transaction = connection.BeginTransaction();
            using var step = connection.CreateCommand();
            step.Transaction = transaction;
            step.CommandText = $"{Steps[version]} PRAGMA user_version = {version + 1};";
            step.ExecuteNonQuery();
            transaction.Commit();
        }
    }
}
