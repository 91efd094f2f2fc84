using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.State;

namespace Berth.Core.Warnings;

/// <summary>The server's warnings: raised and resolved by what finds them, acknowledged and deleted by people.</summary>
public sealed class WarningService(IStateStore store, EventHub events, TimeProvider time)
{
    private const string Host = "";
    private const int LongestMessage = 4096;
    private readonly Lock _changing = new();

    /// <summary>In the order in which they were first seen.</summary>
    public IReadOnlyList<WarningRecord> List() =>
        [.. store.List(Documents.Warnings).Select(d => d.Value).OrderBy(w => w.FirstSeenAt).ThenBy(w => w.Id)];

    /// <exception cref="BerthException">NotFound.</exception>
    public WarningRecord Get(string id) =>
        (Guid.TryParse(id, out var guid) ? store.Find(Documents.Warnings, Host, guid.ToString())?.Value : null)
        ?? throw BerthException.NotFound($"There is no warning \"{id}\"; list them with: berth warning list");

    /// <summary>Something is wrong (again). One that was resolved is new again; one that is acknowledged stays so.</summary>
    /// <param name="entityUrl">API path of what it is about; empty for the server.</param>
    public void Raise(WarningKind kind, string project, string entityUrl, string message)
    {
        lock (_changing)
        {
            var now = time.GetUtcNow();
            var known = Find(kind, project, entityUrl)
                ?? new() { Id = Guid.NewGuid(), Project = project, Type = kind.Text, Severity = kind.Severity, EntityUrl = entityUrl, FirstSeenAt = now };
            Write(known with
            {
                Count = known.Count + 1,
                LastSeenAt = now,
                LastMessage = message.Length > LongestMessage ? message[..LongestMessage] : message,
                Status = known.Status == WarningStatus.Resolved ? WarningStatus.New : known.Status,
            });
        }
    }

    /// <summary>What was wrong is not any more.</summary>
    public void Resolve(WarningKind kind, string project, string entityUrl)
    {
        lock (_changing)
        {
            if (Find(kind, project, entityUrl) is { Status: not WarningStatus.Resolved } known)
            {
                Write(known with { Status = WarningStatus.Resolved });
            }
        }
    }

    /// <param name="status"><see cref="WarningStatus.New"/> or <see cref="WarningStatus.Acknowledged"/>.</param>
    public void SetStatus(string id, WarningStatus status)
    {
        lock (_changing)
        {
            Write(Get(id) with { Status = status });
        }

        Announce(status == WarningStatus.Acknowledged ? "warning-acknowledged" : "warning-reset", id);
    }

    public void Delete(string id)
    {
        lock (_changing)
        {
            store.Delete(Documents.Warnings, Host, Get(id).Id.ToString());
        }

        Announce("warning-deleted", id);
    }

    private WarningRecord? Find(WarningKind kind, string project, string entityUrl) =>
        store.List(Documents.Warnings).Select(d => d.Value).FirstOrDefault(w => w.Type == kind.Text && w.Project == project && w.EntityUrl == entityUrl);

    private void Write(WarningRecord warning) => store.Put(Documents.Warnings, Host, warning.Id.ToString(), warning);

    private void Announce(string action, string id) => events.Lifecycle(action, InstanceId.DefaultProject, $"/1.0/warnings/{id}", id);
}
