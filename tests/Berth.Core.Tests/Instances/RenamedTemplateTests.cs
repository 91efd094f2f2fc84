using System.Collections.Immutable;
using Berth.Core.Images;
using Berth.Core.Instances;
using Berth.Core.Instances.Templates;
using Berth.Core.State;

namespace Berth.Core.Tests.Instances;

public sealed class RenamedTemplateTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("berth-renamed");
    private readonly SqliteStateStore _store;
    private readonly InstanceMetadata _metadata;

    public RenamedTemplateTests()
    {
        var layout = new HostLayout(_directory.FullName, Path.Combine(_directory.FullName, "run"));
        _store = SqliteStateStore.Open(layout.Database);
        _metadata = new(layout, new ImageStore(layout, _store, TimeProvider.System));
    }

    public void Dispose()
    {
        _store.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData(InstanceKind.Container, "", "rename")]
    [InlineData(InstanceKind.Container, "create", "create")]
    [InlineData(InstanceKind.Machine, "", "")]
    public async Task Templates_for_the_rename_are_due_unless_more_is(InstanceKind kind, string due, string afterwards)
    {
        var config = due.Length > 0 ? ImmutableSortedDictionary<string, string>.Empty.Add(InstanceMetadata.PendingKey, due) : ImmutableSortedDictionary<string, string>.Empty;
        var record = new InstanceRecord { Project = "default", Name = "old", Kind = kind, Uuid = Guid.NewGuid(), Pool = "default", Config = config };
        var untouched = _metadata.Renamed(record, record with { Name = "new" });
        Assert.Equal(due, untouched.Config.GetValueOrDefault(InstanceMetadata.PendingKey, ""));
        await _metadata.WriteTemplateAsync(record.Id, "name.tpl", "x"u8.ToArray(), TestContext.Current.CancellationToken);
        var renamed = _metadata.Renamed(record, record with { Name = "new" });
        Assert.Equal((afterwards, "new"), (renamed.Config.GetValueOrDefault(InstanceMetadata.PendingKey, ""), renamed.Name));
    }
}
