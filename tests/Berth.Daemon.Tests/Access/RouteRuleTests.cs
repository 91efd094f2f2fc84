using Berth.Core.Projects;
using Berth.Daemon.Access;

namespace Berth.Daemon.Tests.Access;

public sealed class RouteRuleTests
{
    [Theory]
    [InlineData("GET", "/", nameof(RouteScope.Anyone))]
    [InlineData("GET", "/1.0", nameof(RouteScope.Anyone))]
    [InlineData("PUT", "/1.0", nameof(RouteScope.Server))]
    [InlineData("POST", "/1.0/certificates", nameof(RouteScope.Anyone))]
    [InlineData("DELETE", "/1.0/certificates/{fingerprint}", nameof(RouteScope.Trusted))]
    [InlineData("GET", "/1.0/projects/{name}", nameof(RouteScope.NamedProject))]
    [InlineData("PUT", "/1.0/projects/{name}", nameof(RouteScope.Server))]
    [InlineData("GET", "/1.0/projects/{name}/access", nameof(RouteScope.Server))]
    [InlineData("GET", "/1.0/storage-pools", nameof(RouteScope.Trusted))]
    [InlineData("POST", "/1.0/storage-pools", nameof(RouteScope.Server))]
    [InlineData("POST", "/1.0/storage-pools/{pool}/volumes/{type}", nameof(RouteScope.Project))]
    [InlineData("GET", "/1.0/images/{fingerprint}/export", nameof(RouteScope.PublicImages))]
    [InlineData("POST", "/1.0/images/{fingerprint}/export", nameof(RouteScope.Project))]
    [InlineData("GET", "/1.0/warnings", nameof(RouteScope.Server))]
    [InlineData("GET", "/1.0/a-new-thing", nameof(RouteScope.Server))]
    [InlineData("POST", "/1.0/instances/{name}/a-new-thing", nameof(RouteScope.Project))]
    public void Every_path_has_its_rule(string method, string path, string scope) =>
        Assert.Equal(scope, RouteRule.For(method, path).Scope.ToString());

    [Theory]
    [InlineData("/1.0/profiles", ProjectFeature.Profiles)]
    [InlineData("/1.0/images/aliases/{**name}", ProjectFeature.Images)]
    [InlineData("/1.0/networks/{name}/leases", ProjectFeature.Networks)]
    [InlineData("/1.0/storage-pools/{pool}/volumes/{type}/{name}", ProjectFeature.Volumes)]
    [InlineData("/1.0/instances/{name}", null)]
    public void Paths_are_about_a_feature(string path, ProjectFeature? feature) =>
        Assert.Equal(feature, RouteRule.For("GET", path).Feature);
}
