using Berth.Core.Events;
using Berth.Core.Tests.Images;
using Berth.Core.Warnings;

namespace Berth.Core.Tests.Warnings;

public sealed class WarningServiceTests
{
    private readonly WarningService _warnings = new(new MemoryStateStore(), new EventHub(TimeProvider.System), TimeProvider.System);

    [Fact]
    public void What_happens_again_is_counted_and_what_is_resolved_can_come_back()
    {
        _warnings.Raise(WarningKind.PoolUnavailable, "", "/1.0/storage-pools/a", "first");
        _warnings.Raise(WarningKind.PoolUnavailable, "", "/1.0/storage-pools/a", "second");
        _warnings.Raise(WarningKind.PoolUnavailable, "", "/1.0/storage-pools/b", "other");
        var one = _warnings.List()[0];
        Assert.Equal((2, "second", WarningStatus.New), (one.Count, one.LastMessage, one.Status));
        Assert.Equal(2, _warnings.List().Count);

        _warnings.SetStatus(one.Id.ToString(), WarningStatus.Acknowledged);
        _warnings.Raise(WarningKind.PoolUnavailable, "", "/1.0/storage-pools/a", "third");
        Assert.Equal(WarningStatus.Acknowledged, _warnings.Get(one.Id.ToString()).Status);

        _warnings.Resolve(WarningKind.PoolUnavailable, "", "/1.0/storage-pools/a");
        Assert.Equal(WarningStatus.Resolved, _warnings.Get(one.Id.ToString()).Status);
        _warnings.Raise(WarningKind.PoolUnavailable, "", "/1.0/storage-pools/a", "again");
        Assert.Equal(WarningStatus.New, _warnings.Get(one.Id.ToString()).Status);
    }

    [Fact]
    public void A_warning_that_is_deleted_or_never_was_is_not_found()
    {
        _warnings.Raise(WarningKind.NetworkUnavailable, "", "/1.0/networks/a", "it is down");
        var id = _warnings.List()[0].Id.ToString();
        _warnings.Delete(id);
        Assert.Empty(_warnings.List());
        foreach (var gone in (string[])[id, "", "../x", Guid.NewGuid().ToString()])
        {
            Assert.Equal(ErrorKind.NotFound, Assert.Throws<BerthException>(() => _warnings.Get(gone)).Kind);
        }
    }
}
