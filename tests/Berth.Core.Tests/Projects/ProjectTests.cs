using Berth.Core.Instances;
using Berth.Core.Projects;
using CsCheck;

namespace Berth.Core.Tests.Projects;

public sealed class ProjectTests
{
    private readonly TestProjects _test = new();

    [Fact]
    public void A_new_project_has_images_profiles_and_volumes_of_its_own_and_shares_networks()
    {
        _test.Create("shop");
        Assert.Equal("shop", _test.Service.Effective(ProjectFeature.Images, "shop"));
        Assert.Equal("shop", _test.Service.Effective(ProjectFeature.Profiles, "shop"));
        Assert.Equal("shop", _test.Service.Effective(ProjectFeature.Volumes, "shop"));
        Assert.Equal("default", _test.Service.Effective(ProjectFeature.Networks, "shop"));
        Assert.Equal(["default"], _test.Profiles.List("shop").Select(p => p.Name));
        Assert.Equal(["/1.0/profiles/default?project=shop"], _test.Manager.UsedBy("shop"));
    }

    [Fact]
    public void Without_profiles_of_its_own_a_project_uses_the_default_ones()
    {
        _test.Create("shop", ("features.profiles", "false"));
        var profile = _test.Profiles.Get("default", "default");
        Assert.Empty(_test.Profiles.List("shop"));
        Assert.Equal("1", _test.Profiles.Expand(TestProjects.Instance("shop", "a"), profile with { Config = TestProjects.Map(("user.x", "1")) }).Config["user.x"]);
    }

    [Fact]
    public void Profiles_of_their_own_come_and_go_with_the_feature()
    {
        _test.Create("shop");
        _test.Set("shop", ("features.profiles", "false"));
        Assert.Empty(_test.Profiles.List("shop"));
        _test.Set("shop", ("features.profiles", "true"));
        Assert.Single(_test.Profiles.List("shop"));
    }

    [Fact]
    public void A_feature_is_not_changed_under_what_uses_it()
    {
        _test.Create("shop");
        _test.Profiles.Create(new() { Project = "shop", Name = "small" });
        var refusal = Assert.Throws<BerthException>(() => _test.Set("shop", ("features.images", "false")));
        Assert.Equal(ErrorKind.BadRequest, refusal.Kind);
        Assert.Contains("features.images", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<BerthException>(() => _test.Set("default", ("features.images", "false")));
    }

    [Fact]
    public async Task Only_an_empty_project_is_renamed_or_deleted_unless_forced()
    {
        _test.Create("shop");
        _test.Manager.Rename("shop", "store");
        Assert.Null(_test.Service.Find("shop"));
        Assert.Equal("store", Assert.Single(_test.Profiles.List("store")).Project);
        _test.Profiles.Create(new() { Project = "store", Name = "small" });
        Assert.Contains("small", Assert.Throws<BerthException>(() => _test.Manager.Rename("store", "shop")).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BerthException>(() => _test.Manager.DeleteAsync("store", force: false, TestContext.Current.CancellationToken));
        await _test.Manager.DeleteAsync("store", force: true, TestContext.Current.CancellationToken);
        Assert.Null(_test.Service.Find("store"));
        Assert.Empty(_test.Profiles.List("store"));
    }

    [Fact]
    public void An_instance_that_is_being_made_keeps_its_project()
    {
        _test.Create("shop");
        using (_test.Guard.Reserve(TestProjects.Instance("shop", "a")))
        {
            Assert.Throws<BerthException>(() => _test.Manager.Rename("shop", "store"));
        }

        _test.Manager.Rename("shop", "store");
    }

    [Fact]
    public async Task The_default_project_stays()
    {
        Assert.Equal(ErrorKind.Forbidden, Assert.Throws<BerthException>(() => _test.Manager.Rename("default", "x")).Kind);
        Assert.Equal(
            ErrorKind.Forbidden,
            (await Assert.ThrowsAsync<BerthException>(() => _test.Manager.DeleteAsync("default", force: true, TestContext.Current.CancellationToken))).Kind);
    }

    [Theory]
    [InlineData("features.networks", "true", "OVN")]
    [InlineData("restricted.cluster.groups", "a", "restricted.cluster.groups")]
    [InlineData("limits.memory", "lots", "limits.memory")]
    [InlineData("limits.instances", "-1", "limits.instances")]
    [InlineData("limits.instance", "1", "limits.instances")]
    [InlineData("limits.disk.pool.nope", "1GiB", "no such storage pool")]
    [InlineData("restricted.devices.disk", "maybe", "managed")]
    [InlineData("restricted.devices.disk.paths", "../x", "absolute")]
    [InlineData("restricted.idmap.uid", "all", "restricted.idmap.uid")]
    public void A_wrong_key_or_value_is_refused_by_name(string key, string value, string named)
    {
        var refusal = Assert.Throws<BerthException>(() => _test.Create("shop", (key, value)));
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.Null(_test.Service.Find("shop"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a_b")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("*")]
    [InlineData("a b")]
    [InlineData("a\"b")]
    public void A_wrong_name_is_refused(string name) =>
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => _test.Create(name)).Kind);

    /// <summary>Two instances of different projects never share a directory, cgroup or volume.</summary>
    [Fact]
    public void Keys_of_instances_in_projects_are_unique() =>
        Gen.Select(Names, Names, Names, Names).Sample((p1, n1, p2, n2) =>
            new InstanceId(p1, n1).Key != new InstanceId(p2, n2).Key || (p1 == p2 && n1 == n2));

    [Fact]
    public void A_path_tells_its_project() => Gen.String[Gen.Char["ab?&= /%"], 1, 6].Sample(project =>
        ApiPath.ProjectOf(ApiPath.In(project, "/1.0/instances/x")) == project);

    private static Gen<string> Names => Gen.String[Gen.Char["ab-"], 1, 3].Where(name => name != ProjectRecord.Default);
}
