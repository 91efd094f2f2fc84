namespace Berth.EndToEnd.Snapshots;

/// <summary>Snapshots of a virtual machine, taken and merged while it runs.</summary>
[Collection(nameof(DebianHost))]
public sealed class MachineSnapshotTests(DebianHost host) : ServerTests(host)
{
    /// <summary>One machine for the whole sequence: under emulation a boot takes a while.</summary>
    [Fact]
    public async Task Taken_merged_and_restored()
    {
        await Server.BerthAsync("launch", DebianImage.Alias, "vm1", "--vm", "-c", "limits.memory=512MiB");
        await AgentAsync("vm1");
        await WriteAsync("one");
        await Server.IncusAsync("snapshot", "create", "vm1", "s1");
        await WriteAsync("two");
        await Server.IncusAsync("snapshot", "create", "vm1", "s2");
        await WriteAsync("three");
        await Server.CrashAndRestartAsync();
        await Server.IncusAsync("snapshot", "delete", "vm1", "s2");
        Assert.Equal("three", await ExecAsync("vm1", "cat", "/root/note"));
        await Server.IncusAsync("copy", "vm1/s1", "vm2");
        Assert.Equal("vm1,1\nvm2,0", (await Server.IncusAsync("list", "--format", "csv", "--columns", "nS")).Text.Trim());

        await Server.IncusAsync("snapshot", "restore", "vm1", "s1");
        await AgentAsync("vm1");
        Assert.Equal("one", await ExecAsync("vm1", "cat", "/root/note"));
        (await Server.TryIncusAsync("snapshot", "create", "vm1", "--stateful")).Failed("tateful");
    }

    private Task<string> WriteAsync(string text) => ExecAsync("vm1", "sh", "-c", $"echo {text} >/root/note; sync");
}
