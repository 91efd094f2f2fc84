namespace Berth.EndToEnd.Support;

/// <summary>Tests against a running daemon: each starts without instances and leaves none, nor anything else.</summary>
public abstract class ServerTests(TestHost host) : IAsyncLifetime
{
    private HostSnapshot? _before;

    internal Server Server => host.Server;

    protected string Driver => host.Driver;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync() => _before = await HostSnapshot.TakeAsync(Server.Place);

    public virtual async ValueTask DisposeAsync()
    {
        await Server.DeleteAllAsync();
        await Server.Place.TrashEmptiedAsync(CancellationToken.None);
        await _before!.AssertSameAsync(Server.Place);
    }

    /// <summary>A running busybox container.</summary>
    private protected async Task<string> LaunchAsync(string name, params string[] options)
    {
        await Server.BerthAsync(["launch", BusyboxImage.Alias, name, .. options]);
        return name;
    }

    private protected async Task<string> ExecAsync(string instance, params string[] command) =>
        (await Server.BerthAsync(["exec", instance, "--", .. command])).Line;

    private protected Task<CommandResult> TryExecAsync(string instance, params string[] command) =>
        Server.TryBerthAsync(["exec", instance, "--", .. command]);

    /// <summary>Until the agent answers; each attempt is a whole command, so there is nothing to wait between them.</summary>
    private protected async Task AgentAsync(string name)
    {
        var deadline = DateTime.UtcNow.AddSeconds(120);
        CommandResult result;
        do
        {
            result = await TryExecAsync(name, "systemctl", "is-system-running", "--wait");
        }
        while (result.Line is not ("running" or "degraded") && DateTime.UtcNow < deadline);
        Assert.True(result.Line is "running" or "degraded", $"{name}: {result.Line} {result.Error}");
    }
}
