using Berth.Daemon.Http;

namespace Berth.Daemon.Tests;

public sealed class UnservedFeaturesTests
{
    [Theory]
    [InlineData("1.0/cluster/members/x", "clusters")]
    [InlineData("1.0/instances/c1/nvram/guid/var", "UEFI")]
    [InlineData("1.0/networks/br0/forwards/1.2.3.4", "forwards")]
    [InlineData("1.0/storage-pools/p/buckets", "buckets")]
    [InlineData("internal/rebalance", "internal API")]
    public void A_path_that_is_not_served_is_named_by_its_feature(string path, string feature) =>
        Assert.Contains(feature, UnservedFeatures.Find(path.Split('/')), StringComparison.Ordinal);

    [Theory]
    [InlineData("1.0/nothing")]
    [InlineData("2.0/cluster")]
    [InlineData("1.0")]
    public void What_no_version_ever_had_has_no_name(string path) => Assert.Null(UnservedFeatures.Find(path.Split('/')));
}
