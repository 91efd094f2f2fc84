namespace Berth.EndToEnd.Access;

/// <summary>Projects with real containers, by Berth's command line and by the stock client.</summary>
public sealed class ProjectTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    public override async ValueTask DisposeAsync()
    {
        foreach (var project in new[] { "shop", "depot" })
        {
            await Server.TryBerthAsync("project", "delete", project, "--force");
        }

        await base.DisposeAsync();
    }

    [Fact]
    public async Task The_same_name_lives_in_two_projects()
    {
        await Server.BerthAsync("project", "create", "shop", "-c", "features.images=false", "-c", "features.profiles=false");
        await LaunchAsync("twin");
        await LaunchAsync("twin", "--project", "shop");
        await Server.BerthAsync("exec", "twin", "--project", "shop", "--", "touch", "/mine");
        Assert.Equal("0", (await Server.BerthAsync("exec", "twin", "--", "sh", "-c", "ls / | grep -c mine || true")).Line);
        var all = await Server.IncusAsync("list", "--all-projects", "--format", "csv", "--columns", "ens");
        Assert.Equal(["default,twin,RUNNING", "shop,twin,RUNNING"], all.Line.Split('\n').Order(StringComparer.Ordinal));
        Assert.Contains("/1.0/instances/twin?project=shop", (await Server.IncusAsync("project", "show", "shop")).Text, StringComparison.Ordinal);
        (await Server.TryBerthAsync("project", "delete", "shop")).Failed("empty", "twin");
        await Server.RestartAsync();
        Assert.Equal("twin,RUNNING", (await Server.BerthAsync("list", "--project", "shop", "--format", "csv", "--columns", "ns")).Line);
        await Server.BerthAsync("project", "delete", "shop", "--force");
        Assert.Equal(["twin"], await Server.NamesAsync());
    }

    [Fact]
    public async Task Limits_and_restrictions_hold()
    {
        await Server.IncusAsync("project", "create", "depot", "-c", "features.images=false", "-c", "limits.instances=1", "-c", "limits.memory=256MiB", "-c", "restricted=true");
        await Server.BerthAsync("profile", "device", "add", "default", "root", "disk", "path=/", "pool=default", "--project", "depot");
        (await Server.TryBerthAsync("launch", BusyboxImage.Alias, "a", "--project", "depot")).Failed("limits.memory");
        (await Server.TryBerthAsync("launch", BusyboxImage.Alias, "a", "--project", "depot", "-c", "limits.memory=1GiB")).Failed("limits.memory");
        (await Server.TryBerthAsync("launch", BusyboxImage.Alias, "a", "--project", "depot", "-c", "limits.memory=64MiB", "-c", "security.nesting=true"))
            .Failed("restricted.containers.nesting");
        await Server.IncusAsync("launch", BusyboxImage.Alias, "a", "--project", "depot", "-c", "limits.memory=64MiB");
        (await Server.TryBerthAsync("launch", BusyboxImage.Alias, "b", "--project", "depot", "-c", "limits.memory=64MiB")).Failed("limits.instances");
        (await Server.TryIncusAsync("config", "set", "a", "limits.memory=512MiB", "--project", "depot")).Failed("limits.memory");
        (await Server.TryIncusAsync("project", "set", "depot", "limits.memory=32MiB")).Failed("limits.memory");
        (await Server.TryIncusAsync("profile", "set", "default", "security.nesting=true", "--project", "depot")).Failed("restricted.containers.nesting");
        var use = (await Server.BerthAsync("project", "info", "depot", "--format", "csv")).Text;
        Assert.Contains("INSTANCES,1,1", use, StringComparison.Ordinal);
        Assert.Contains("MEMORY,256.00MiB,64.00MiB", use, StringComparison.Ordinal);
    }
}
