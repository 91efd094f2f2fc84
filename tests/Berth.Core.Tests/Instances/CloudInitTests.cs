using System.Collections.Immutable;
using Berth.Core.Instances;
using Berth.Core.Instances.CloudInit;
using Berth.Core.Profiles;

namespace Berth.Core.Tests.Instances;

public sealed class CloudInitTests
{
    private static readonly InstanceRecord Record = CloudInitIds.Renew(new()
    {
        Project = "default", Name = "c1", Kind = InstanceKind.Container, Uuid = Guid.NewGuid(), Pool = "default",
    });

    [Fact]
    public void The_newer_name_of_a_key_comes_first()
    {
        var seed = Seed.Of(Record, With(("user.user-data", "old"), ("cloud-init.user-data", "new"), ("user.vendor-data", "v")));
        Assert.True(seed.Asked);
        Assert.Equal(("new", "v", null), (seed.UserData, seed.VendorData, seed.NetworkConfig));
        Assert.Equal(["meta-data", "user-data", "vendor-data"], seed.Files.Select(f => f.Name));
        Assert.Contains($"instance-id: {CloudInitIds.Of(Record)}\nlocal-hostname: c1\n", seed.MetaData, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_word_for_it_the_seed_is_empty_and_not_asked_for() => Assert.False(Seed.Of(Record, With(("user.x", "1"))).Asked);

    [Theory]
    [InlineData("cloud-init.user-data", true)]
    [InlineData("user.vendor-data", true)]
    [InlineData("user.meta-data", true)]
    [InlineData("user.other", false)]
    [InlineData("limits.memory", false)]
    public void The_id_changes_with_what_cloud_init_is_given(string key, bool changes)
    {
        var after = CloudInitIds.Follow(Record, With(), Record with { Config = Record.Config.Remove(VolatileKeys.CloudInitId) }, With((key, "1")));
        Assert.Equal(changes, CloudInitIds.Of(after) != CloudInitIds.Of(Record));
    }

    [Fact]
    public void A_key_that_another_one_hides_changes_nothing() =>
        Assert.False(CloudInitIds.GivesOther(With(("cloud-init.user-data", "a")), With(("cloud-init.user-data", "a"), ("user.user-data", "b"))));

    [Fact]
    public void A_cards_name_changes_it() =>
        Assert.True(CloudInitIds.GivesOther(Nic("eth0"), Nic("eth1")));

    private static ExpandedConfig Nic(string name) => new(
        ImmutableSortedDictionary<string, string>.Empty,
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty.Add(
            "eth0", ImmutableSortedDictionary<string, string>.Empty.Add("type", "nic").Add("name", name)));

    private static ExpandedConfig With(params (string Key, string Value)[] config) => new(
        config.ToImmutableSortedDictionary(c => c.Key, c => c.Value),
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty);
}
